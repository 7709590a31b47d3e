import { z } from 'zod';

/**
 * The kinds of value that a result file holds. Each takes what the value is, in words: that is the
 * field's description in the JSON Schema.
 */
export const number = (what: string) => z.number().describe(what);
/** A number that is never negative: a count, a duration, a size. */
export const amount = (what: string) => z.number().min(0).describe(what);
/** A number, or `null` where there was nothing to measure. */
export const measured = (what: string) => z.number().nullable().describe(what);
export const text = (what: string) => z.string().describe(what);
export const textOrNull = (what: string) => z.string().nullable().describe(what);
export const flag = (what: string) => z.boolean().describe(what);
export const texts = (what: string) => z.array(z.string()).describe(what);

export const timestamp = (what: string) =>
  z
    .string()
    .refine((value) => !Number.isNaN(Date.parse(value)), 'must be an ISO 8601 time')
    .meta({ format: 'date-time', description: what });

/** A value as a reader of a result gets it: nothing in it can be assigned to. */
export type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;
