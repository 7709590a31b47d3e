import {
  allOptions,
  flagLabelOf,
  type Option,
  type Options,
} from '../../loadtest/config/options/index.ts';

/** How the user knows a configuration key: by its flag. */
export function labelOf(key: string): string {
  const option: Option | undefined = (allOptions as Options)[key];
  return option === undefined ? key : flagLabelOf(key, option);
}

/** A message of the library for the user of the command line: options are called by their flags. */
export function withFlagNames(message: string): string {
  // Keys of one word are also words of the language, and stay.
  const keys = Object.keys(allOptions).filter((key) => /[A-Z]/.test(key));
  return message.replace(new RegExp(`\\b(?:${keys.join('|')})\\b`, 'g'), (key) => labelOf(key));
}
