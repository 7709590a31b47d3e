import { parseDuration, parseNumber, parseSize } from '../units.ts';

/**
 * One thing that can be configured, declared where it is used: by an area of the server's
 * configuration, or by a driver of the store. Its key in a file is its area and its name:
 * `store.maxSize`.
 */
export interface Setting<T> {
  /** The name in a file; flag and environment variable follow from it unless given. */
  readonly name: string;
  /** Reads the text of a value, wherever it was given. @returns `undefined` for what is not of this form. */
  read(text: string): T | undefined;
  readonly defaultValue: T;
  /** What it takes, for messages: `a size such as 10GiB`. */
  readonly takes: string;
  readonly about: string;
  /** In commander's syntax, such as `--max-size <size>`. Without one: file and environment only. */
  readonly flag?: string;
  /** A server that reads its configuration again keeps the value it was started with. Default false. */
  readonly needsRestart?: boolean;
}

/** The settings of an area, one for each field of what the area's part of the configuration holds. */
export type SettingsOf<Area> = { readonly [Field in keyof Area]: Setting<Area[Field]> };

type Kind<T> = Pick<Setting<T>, 'read' | 'takes'>;

/** Bytes, as `10GiB` or a number. */
export function size(min = 0): Kind<number> {
  return {
    read: (text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= min ? bytes : undefined;
    },
    takes: min === 0 ? 'a size such as 10GiB' : `a size such as 10GiB, at least ${min} bytes`,
  };
}

/** Milliseconds, as `30s`, `500ms` or a number of seconds. */
export function duration(minMs = 0): Kind<number> {
  return {
    read: (text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minMs && ms <= durationMsMax ? ms : undefined;
    },
    takes: `a time such as 30s, ${minMs === 0 ? 'at most 24 days' : `from ${minMs}ms to 24 days`}`,
  };
}

export function integer(min: number, max: number): Kind<number> {
  return {
    read: (text) => {
      const value = parseNumber(text);
      return Number.isInteger(value) && value! >= min && value! <= max ? value : undefined;
    },
    takes: `a whole number from ${min} to ${max}`,
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  return {
    read: (text) => choices.find((choice) => choice === text),
    takes: `one of ${choices.join(', ')}`,
  };
}

export function yesOrNo(): Kind<boolean> {
  return {
    read: (text) =>
      /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : undefined,
    takes: 'true or false',
  };
}

/** Text that is not empty. */
export function text(takes: string): Kind<string> {
  return { read: (given) => (given === '' ? undefined : given), takes };
}

/** Texts separated by commas; none is an empty list. A file may give a list of its own kind. */
export function list(takes: string, isOne: (text: string) => boolean): Kind<readonly string[]> {
  return {
    read: (given) => {
      const texts = given
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '');
      return texts.every(isOne) ? texts : undefined;
    },
    takes,
  };
}

/** A whole number, or `true` for the one that is meant then. */
export function integerOr(meant: number, min: number, max: number): Kind<number> {
  const plain = integer(min, max);
  return {
    read: (given) => (given === 'true' ? meant : plain.read(given)),
    takes: `${plain.takes}, or true for ${meant}`,
  };
}

// The longest that Node's timers take.
const durationMsMax = 2 ** 31 - 1;
