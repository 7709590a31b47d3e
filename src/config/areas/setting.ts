import { z } from 'zod';
import { parseDuration, parseSize } from '../../core/index.ts';

/** One thing that can be configured. Its key in a file is its area and its name: `store.maxSize`. */
export interface Setting<T> {
  /** The name in a file; flag and environment variable follow from it unless given. */
  readonly name: string;
  /** Reads a value from a file (any YAML value), a flag or the environment (text). */
  readonly schema: z.ZodType<T>;
  readonly defaultValue: T;
  /** What it takes, for messages: `a size such as 10GiB`. */
  readonly takes: string;
  readonly about: string;
  /** As commander wants it, such as `--max-size <size>`. Without one: file and environment only. */
  readonly flag?: string;
}

/** The settings of an area, one for each field of what the area's part of the configuration holds. */
export type SettingsOf<Area> = { readonly [Field in keyof Area]: Setting<Area[Field]> };

type Kind<T> = Pick<Setting<T>, 'schema' | 'takes'>;

/** Bytes, as `10GiB` or a number. */
export function size(min = 0): Kind<number> {
  return {
    schema: parsed((text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= min ? bytes : undefined;
    }),
    takes: min === 0 ? 'a size such as 10GiB' : `a size such as 10GiB, at least ${min} bytes`,
  };
}

/** Milliseconds, as `30s`, `500ms` or a number of seconds. */
export function duration(minMs = 0): Kind<number> {
  return {
    schema: parsed((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= minMs && ms <= durationMsMax ? ms : undefined;
    }),
    takes: `a time such as 30s, ${minMs === 0 ? 'at most 24 days' : `from ${minMs}ms to 24 days`}`,
  };
}

export function integer(min: number, max: number): Kind<number> {
  return {
    schema: parsed((text) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    }),
    takes: `a whole number from ${min} to ${max}`,
  };
}

export function oneOf<const T extends string>(choices: readonly T[]): Kind<T> {
  return {
    schema: parsed((text) => choices.find((choice) => choice === text)),
    takes: `one of ${choices.join(', ')}`,
  };
}

export function yesOrNo(): Kind<boolean> {
  return {
    schema: parsed((text) =>
      /^(true|1|yes|on)$/i.test(text) ? true : /^(false|0|no|off)$/i.test(text) ? false : undefined,
    ),
    takes: 'true or false',
  };
}

/** Text that is not empty. */
export function text(takes: string): Kind<string> {
  return { schema: parsed((given) => (given === '' ? undefined : given)), takes };
}

/** Text, or nothing where the setting is not made. */
export function optionalText(takes: string): Kind<string | undefined> {
  return { schema: text(takes).schema.optional(), takes };
}

/** A whole number, or nothing where the setting is not made. */
export function optionalInteger(min: number, max: number): Kind<number | undefined> {
  const { schema, takes } = integer(min, max);
  return { schema: schema.optional(), takes };
}

/** A whole number, or `true` for the one that is meant then; nothing where the setting is not made. */
export function optionalIntegerOr(
  meant: number,
  min: number,
  max: number,
): Kind<number | undefined> {
  const plain = integer(min, max);
  const schema = z.union([z.literal([true, 'true']).transform(() => meant), plain.schema]);
  return { schema: schema.optional(), takes: `${plain.takes}, or true for ${meant}` };
}

// The longest that Node's timers take.
const durationMsMax = 2 ** 31 - 1;

/** A schema over the text of a value: YAML's numbers and booleans are read like a flag's. */
function parsed<T>(read: (text: string) => T | undefined): z.ZodType<T> {
  return z.union([z.string(), z.number(), z.boolean()]).transform((given, context): T => {
    const value = read(String(given).trim());
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'not of this form' });
    return z.NEVER;
  });
}
