import { z } from 'zod';
import { type CapacityResult, capacitySchema } from './capacity.ts';
import { type ReadonlyDeep, texts, timestamp } from './fields.ts';
import { runResultSchema } from './run.ts';
import { type ScalingResult, scalingSchema } from './scaling.ts';
import { schemaVersion } from './schema-version.ts';
import { overallVerdictSchema } from './verdict.ts';

const suiteSchema = z.object({
  schema_version: schemaVersion,
  timestamp: timestamp('start of the suite, ISO 8601'),
  scenarios: z.array(runResultSchema).describe('the runs, in order'),
  verdict: z
    .object({
      verdict: overallVerdictSchema,
      reasons: texts('reasons, one sentence each; empty for PASS'),
    })
    .describe("the worst of the runs' verdicts"),
});

/** Checks a file of several runs: a suite, a capacity search or a ramp over client counts. */
export const suiteFileSchema = suiteSchema.extend({
  capacity: capacitySchema.optional().describe('what --find-capacity found'),
  scaling: scalingSchema.optional().describe('what --ramp-clients measured'),
});

type Series = ReadonlyDeep<z.infer<typeof suiteSchema>>;

/** What `--scenarios` writes. */
export type SuiteResult = Series & { readonly capacity?: never; readonly scaling?: never };
/** What `--find-capacity` writes: a run for each step, and what was found. */
export type CapacitySearchResult = Series & {
  readonly capacity: CapacityResult;
  readonly scaling?: never;
};
/** What `--ramp-clients` writes: a run for each number of clients, and the law that was fitted. */
export type ClientRampResult = Series & {
  readonly scaling: ScalingResult;
  readonly capacity?: never;
};
