import { parseDuration, parseNumber } from '../../../core/index.ts';

/** How the text of a flag is read. What can't be read is handed on as it is, so that the check can show it. */
export function asNumber(text: string): number | string {
  return parseNumber(text) ?? text;
}

/** Seconds, from a plain number or a duration. */
export function asSeconds(text: string): number | string {
  const durationMs = parseDuration(text);
  return durationMs === undefined ? asNumber(text) : durationMs / 1000;
}

/** A plain number is milliseconds here: think times are short. */
export function asMilliseconds(text: string): number | string {
  const plain = asNumber(text);
  return typeof plain === 'number' ? plain : (parseDuration(text) ?? text);
}

export function asText(text: string): string {
  return text;
}
