import { z } from 'zod';
import { parseSize } from '../../../core/index.ts';
import { asMilliseconds, asNumber, asSeconds, asText } from './flag-text.ts';

/** A kind of value: how it is checked, written and recorded. */
export interface Kind<Given, Value, Recorded extends z.ZodType = z.ZodType> {
  /** Its only message is what it accepts: a problem is worded as "KEY must be WHAT; got VALUE". */
  readonly schema: z.ZodType<Value, Given>;
  readonly takes: string;
  /** How a result file holds it. */
  readonly recorded: Recorded;
  /** Behind a number where runs are compared. */
  readonly unit?: string;
  record(value: Value): z.output<Recorded>;
  /** The value as the command line takes it. */
  show(value: Value): string;
  /**
   * A flag's text in the form that the check expects; text that cannot be parsed is passed on, to
   * be shown.
   */
  fromFlag(text: string): unknown;
}

const amount = z.number().min(0);
/** How a kind of which the values are amounts is recorded and shown. */
const recordedAsAmount = { recorded: amount, record: (value: number) => value, show: String };

type NumberKind = Kind<number, number, z.ZodNumber>;

export function whole(least: number, most: number): NumberKind {
  const takes = `a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return numeric(takes, z.number(takes).int(takes).min(least, takes).max(most, takes));
}

/** Any number, `from` the least, or `above` it. */
export function number(
  takes: string,
  least: number,
  most: number,
  bound: 'from' | 'above' = 'from',
): NumberKind {
  const lower = z.number(takes).max(most, takes);
  return numeric(takes, bound === 'above' ? lower.gt(least, takes) : lower.min(least, takes));
}

export function range(least: number, most: number): NumberKind {
  const takes = `a number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
  return number(takes, least, most);
}

export function share(): NumberKind {
  return { ...range(0, 1), recorded: amount.max(1) };
}

export function seconds(most: number): NumberKind {
  const takes = `a number of seconds above 0, up to ${most.toLocaleString('en')}`;
  return { ...number(takes, 0, most, 'above'), unit: 's', fromFlag: asSeconds };
}

export function secondsFrom(least: number, most: number): NumberKind {
  return { ...range(least, most), unit: 's', fromFlag: asSeconds };
}

export function milliseconds(most: number): NumberKind {
  const takes = `milliseconds from 0 to ${most.toLocaleString('en')}`;
  return { ...number(takes, 0, most), unit: 'ms', fromFlag: asMilliseconds };
}

/** Bytes, as `256MiB` or a number. */
export function size(): Kind<number | string, number, z.ZodNumber> {
  const takes = 'a size above 0, such as 256MiB';
  const schema = parsed<number | string, number>(takes, (value) => {
    const sizeBytes = typeof value === 'string' ? parseSize(value) : value;
    return Number.isSafeInteger(sizeBytes) && Number(sizeBytes) > 0 ? Number(sizeBytes) : undefined;
  });
  return {
    ...recordedAsAmount,
    schema,
    takes,
    fromFlag: asText,
  };
}

export function text(
  takes: string,
  isValid: (value: string) => boolean = () => true,
): Kind<string, string, z.ZodString> {
  return textual(takes, z.string(takes).refine(isValid, takes), z.string());
}

export function choice<const T extends string>(
  choices: readonly T[],
): Kind<T, T, z.ZodEnum<{ [Each in T]: Each }>> {
  const takes = `one of ${choices.join(', ')}`;
  return textual(takes, z.enum(choices, takes), z.enum(choices));
}

export function yesOrNo(): Kind<boolean, boolean, z.ZodBoolean> {
  const takes = 'true or false';
  return {
    schema: z.boolean(takes),
    takes,
    recorded: z.boolean(),
    record: (value) => value,
    show: String,
    fromFlag: asText,
  };
}

/** What a text or an object means; recorded as the command line takes it. */
export function meaning<Given, Value>(
  takes: string,
  parse: (value: unknown) => Value | undefined,
  show: (value: Value) => string,
): Kind<Given, Value, z.ZodString> {
  return {
    schema: parsed<Given, Value>(takes, parse),
    takes,
    recorded: z.string(),
    record: show,
    show,
    fromFlag: asText,
  };
}

/** Values that are not plain numbers or texts, and are neither shown nor recorded. */
export function structure<Given>(
  takes: string,
  schema: z.ZodType<Given, Given>,
): Kind<Given, Given, z.ZodNever> {
  return {
    schema,
    takes,
    recorded: z.never(),
    record: () => {
      throw new Error(`${takes} can't be recorded`);
    },
    show: (value) => JSON.stringify(value),
    fromFlag: (value) => value,
  };
}

function numeric(takes: string, schema: z.ZodType<number, number>): NumberKind {
  return {
    ...recordedAsAmount,
    schema,
    takes,
    fromFlag: asNumber,
  };
}

function textual<T extends string, Recorded extends z.ZodType<T>>(
  takes: string,
  schema: z.ZodType<T, T>,
  recorded: Recorded,
): Kind<T, T, Recorded> {
  return {
    schema,
    takes,
    recorded,
    record: (value) => value as z.output<Recorded>,
    show: String,
    fromFlag: asText,
  };
}

function parsed<Given, Value>(
  takes: string,
  parse: (value: unknown) => Value | undefined,
): z.ZodType<Value, Given> {
  return z.custom<Given>().transform((value, context): Value => {
    const result = parse(value);
    if (result !== undefined) return result;
    context.addIssue({ code: 'custom', message: takes, input: value });
    return z.NEVER;
  });
}
