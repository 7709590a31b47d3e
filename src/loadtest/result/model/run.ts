import { z } from 'zod';
import { failureKinds } from '../../../protocols/shared/load-client.ts';
import { stopReasons } from '../../measurement.ts';
import { configSchema } from './config.ts';
import { environmentSchema } from './environment.ts';
import {
  amount,
  flag,
  measured,
  type ReadonlyDeep,
  text,
  textOrNull,
  texts,
  timestamp,
} from './fields.ts';
import { generatorSchema } from './generator.ts';
import { judgedLatencySchema } from './latency.ts';
import { operationsSchema } from './operations.ts';
import { replaySchema } from './replay.ts';
import { schemaVersion } from './schema-version.ts';
import { serverSchema } from './server.ts';
import { verdictSchema } from './verdict.ts';
import { timeSeriesRowSchema, windowSchema } from './windows.ts';

const cacheSchema = z
  .object({
    hits: amount('look-ups that found their key'),
    misses: amount('look-ups that did not find their key'),
    hit_rate_percent: measured('hits of the look-ups that were answered'),
    target_percent: amount('the hit rate that was asked for'),
  })
  .describe('what look-ups came to; one that failed is neither hit nor miss');

const failuresSchema = z.object(
  Object.fromEntries(
    failureKinds.map((kind) => [kind, amount('how many operations failed so')]),
  ) as Record<(typeof failureKinds)[number], ReturnType<typeof amount>>,
);

const trafficSchema = z
  .object({
    read_bytes: amount('bytes of bodies that were read'),
    written_bytes: amount('bytes of bodies that were stored'),
    retries: amount('requests that were sent again'),
  })
  .describe('what went over the wire');

const writesSchema = z
  .object({
    acknowledged: amount('stores that the cache acknowledged'),
    reread: amount('acknowledged stores that were asked for again'),
    lost: amount('not found again, or found changed'),
    evicted: amount('not found again, and the cache says that it evicted as many'),
  })
  .describe('acknowledged writes, and what became of the share that was asked for again');

const warmupSchema = z
  .object({
    keys: amount('keys that were to be stored'),
    stored: amount('keys that were stored'),
    failed: amount('stores that failed'),
    stored_bytes: amount('bytes that were stored'),
    duration_ms: amount('how long it took'),
    timed_out: flag('whether its time was over before all was stored'),
  })
  .describe('what was stored before the measured part');

/** Checks one run of a result file. Keys that it does not know are left out of what it answers. */
export const runResultSchema = z.object({
  schema_version: schemaVersion,
  name: textOrNull("the scenario's name"),
  timestamp: timestamp('start of the run, ISO 8601'),
  run_id: text('names this run; it stands in the keys that it stored'),
  duration_ms: amount('from the first operation to the end of the last one'),
  complete: flag('false: interrupted, or workers were lost: the figures are of a part'),
  stop_reason: z.enum(stopReasons).describe('why it ended'),
  operations: operationsSchema,
  success_rate_percent: measured('successes of all operations'),
  error_rate_percent: measured('failures of all operations'),
  throughput_ops_per_sec: measured('ended operations by duration; dropped ones are not counted'),
  latency: judgedLatencySchema,
  cache: cacheSchema,
  errors_by_type: failuresSchema.describe('failed operations by kind, zeros included'),
  traffic: trafficSchema,
  writes: writesSchema,
  warmup: warmupSchema,
  unfinished: z
    .object({
      count: amount('how many there were'),
      oldest_age_ms: amount('how long the oldest had been under way'),
    })
    .describe("operations that had not ended when the drain's time was over"),
  scheduled: measured('open loop: operations that were due'),
  cleanup: z
    .object({
      removable: flag('whether the protocol has a removal'),
      removed: amount('entries that were removed'),
      failed: amount('entries that could not be removed'),
    })
    .describe('what the run stored and removed again'),
  time_series: z
    .array(timeSeriesRowSchema)
    .describe('one row per second (one per window where windows are longer)'),
  windows: z
    .array(windowSchema)
    .describe('everything that was counted, by window: every figure above is a sum of these'),
  config: configSchema,
  verdict: verdictSchema,
  generator: generatorSchema,
  server: serverSchema,
  environment: environmentSchema,
  replay: replaySchema.optional().describe('the trace, with --replay'),
  notes: texts('what a reader should know besides'),
});

/**
 * One run, as the result file holds it (docs/result-file.md). `null` stands where there was nothing
 * to measure. Times named `*_ms` inside a run count from the start of its measured part.
 */
export type RunResult = ReadonlyDeep<z.infer<typeof runResultSchema>>;
