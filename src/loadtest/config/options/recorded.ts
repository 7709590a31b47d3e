import { z } from 'zod';
import { type AllOptions, allOptions } from './all-options.ts';
import type { Option } from './option.ts';
import type { ResolvedConfig } from './resolved.ts';

type RecordedKey<O> = O extends { readonly recordedAs: infer As }
  ? As extends string
    ? As
    : As extends { readonly as: infer Name extends string }
      ? Name
      : never
  : never;

type RecordedSchema<O> = O extends { readonly recordedAs: { readonly schema: infer Schema } }
  ? Schema extends z.ZodType
    ? Schema
    : never
  : O extends { readonly recorded: infer Schema extends z.ZodType }
    ? Schema
    : never;

type RecordedShape = {
  [Key in keyof AllOptions as RecordedKey<AllOptions[Key]>]: RecordedSchema<AllOptions[Key]>;
};

interface RecordedOption {
  readonly key: string;
  /** In the result file. */
  readonly as: string;
  readonly option: Option;
}

export const recordedOptions: readonly RecordedOption[] = Object.entries<Option>(
  allOptions,
).flatMap(([key, option]) => {
  const { recordedAs } = option;
  if (recordedAs === undefined) return [];
  return [{ key, as: typeof recordedAs === 'string' ? recordedAs : recordedAs.as, option }];
});

/** What a result file holds of the options: what the run was asked to do, and no secret of it. */
export const recordedConfigSchema: z.ZodObject<RecordedShape> = z.object(
  Object.fromEntries(
    recordedOptions.map(({ as, option }) => [as, recordedSchemaOf(option)]),
    // The shape is that of the options, which the compiler can't see through `fromEntries`.
  ) as unknown as RecordedShape,
);

type Recorded = z.output<typeof recordedConfigSchema>;

export type RecordedConfig = { readonly [Key in keyof Recorded]: Readonly<Recorded[Key]> };

function recordedSchemaOf(option: Option): z.ZodType {
  const { recorded, recordedAs, about, fullAbout = about, absentMeans } = option;
  const bare = typeof recordedAs === 'object' ? recordedAs.schema : recorded;
  const schema = bare.description === undefined ? bare.describe(fullAbout) : bare;
  return absentMeans === undefined ? schema : schema.default(absentMeans);
}

/** What of a configuration goes into the result. */
export function recordedConfigOf(config: ResolvedConfig): RecordedConfig {
  const settled: Readonly<Record<string, unknown>> = { ...config };
  const entries = recordedOptions.map(({ key, as, option }) => {
    const { recordedAs } = option;
    return [
      as,
      typeof recordedAs === 'object' ? recordedAs.of(config) : option.record(settled[key]),
    ];
  });
  return Object.fromEntries(entries) as RecordedConfig;
}

/** Something that must be equal for two runs to be comparable. */
export interface ComparedCondition {
  /** In messages. */
  readonly what: string;
  textOf(config: RecordedConfig): string;
}

/** The recorded options that a comparison looks at, those of one name together. */
export const comparedConditions: readonly ComparedCondition[] = [
  ...new Set(recordedOptions.flatMap(({ option }) => nameOf(option) ?? [])),
].map((what) => {
  const parts = recordedOptions.filter(({ option }) => nameOf(option) === what);
  const textOf = (config: RecordedConfig): string =>
    parts
      .map((part) => partText(part, config))
      .filter((text) => text !== '')
      .join(', ');
  return { what, textOf };
});

function nameOf({ comparable }: Option): string | undefined {
  if (comparable === undefined || comparable === false) return undefined;
  return typeof comparable === 'string' ? comparable : comparable.as;
}

function partText({ as, option }: RecordedOption, config: RecordedConfig): string {
  const value = (config as Readonly<Record<string, unknown>>)[as];
  const { comparable, unit } = option;
  if (typeof comparable === 'object') return comparable.text(value as never, config);
  return unit === undefined ? String(value) : `${String(value)} ${unit}`;
}
