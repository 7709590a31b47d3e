import { z } from 'zod';
import { capacitySchema } from './capacity.ts';
import { type ReadonlyDeep, texts, timestamp } from './fields.ts';
import { runResultSchema } from './run.ts';
import { scalingSchema } from './scaling.ts';
import { schemaVersion } from './schema-version.ts';
import { overallVerdictSchema } from './verdict.ts';

/** Checks what `--scenarios` writes. */
export const suiteResultSchema = z.object({
  schema_version: schemaVersion,
  timestamp: timestamp('start of the suite, ISO 8601'),
  scenarios: z.array(runResultSchema).describe('the runs, in order'),
  verdict: z
    .object({
      verdict: overallVerdictSchema,
      reasons: texts('why it is that, one sentence each; empty for PASS'),
    })
    .describe("the worst of the runs' verdicts"),
  capacity: capacitySchema.optional().describe('what --find-capacity found'),
  scaling: scalingSchema.optional().describe('what --ramp-clients measured'),
});

/** What `--scenarios` writes; with one of the last two what `--find-capacity` and `--ramp-clients` do. */
export type SuiteResult = ReadonlyDeep<z.infer<typeof suiteResultSchema>>;
