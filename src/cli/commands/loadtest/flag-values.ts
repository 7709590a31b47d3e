import { parseDuration } from '../../../core/index.ts';

/** `hitRate` as it was typed: `--hit-rate`. */
export function flagName(flag: string): string {
  return `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A text that is no number is handed on as it is, so that the check can show it. */
export function asNumber(text: string): number | string {
  return /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
}

/** Seconds, of a plain number or a duration. */
export function asSeconds(text: string): number | string {
  const durationMs = parseDuration(text);
  return durationMs === undefined ? asNumber(text) : durationMs / 1000;
}
