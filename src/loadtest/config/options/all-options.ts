import type { z } from 'zod';
import { loadOptions } from './load.ts';
import { scenarioOptions } from './scenario.ts';
import { targetOptions } from './target.ts';
import { workloadOptions } from './workload.ts';

/** Every option of a load test, by its key. */
export const allOptions = {
  ...loadOptions,
  ...scenarioOptions,
  ...targetOptions,
  ...workloadOptions,
};

export type AllOptions = typeof allOptions;
export type OptionKey = keyof AllOptions;

/** What a user gives for options: every key may be left out. */
export type Given<Options> = {
  readonly [Key in keyof Options]?:
    | (Options[Key] extends { readonly schema: infer Schema } ? z.input<Schema> : never)
    | undefined;
};

/** The same once its texts have been read. */
export type Parsed<Options> = {
  readonly [Key in keyof Options]?:
    | (Options[Key] extends { readonly schema: infer Schema } ? z.output<Schema> : never)
    | undefined;
};

/** The options that have a key of their own in a resolved configuration, with nothing left open. */
export type Settled<Options> = {
  readonly [Key in SettledKey<Options>]: Options[Key] extends { readonly schema: infer Schema }
    ? z.output<Schema>
    : never;
};

export type SettledKey<Options> = {
  [Key in keyof Options]: Options[Key] extends { readonly composed: true } ? never : Key;
}[keyof Options];
