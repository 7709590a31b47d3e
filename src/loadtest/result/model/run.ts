import { z } from 'zod';
import { failureKinds } from '../../../protocols/shared/load-client.ts';
import { stopReasons } from '../../measurement.ts';
import { configSchema } from './config.ts';
import { connectionsSchema } from './connections.ts';
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
import { stageSchema } from './stages.ts';
import { verdictSchema } from './verdict.ts';
import { timeSeriesRowSchema, windowSchema } from './windows.ts';

const cacheSchema = z
  .object({
    hits: amount('lookups that found their key'),
    misses: amount('lookups that did not find their key'),
    hit_rate_percent: measured('share of answered lookups that hit'),
    target_percent: amount('target hit rate'),
  })
  .describe('results of lookups; a failed lookup is neither hit nor miss');

const failuresSchema = z.object(
  Object.fromEntries(
    failureKinds.map((kind) => {
      const failures = amount('operations with this kind of failure');
      // Files from before there was this kind have none of it.
      return [kind, kind === 'generator' ? failures.default(0) : failures];
    }),
  ) as Record<(typeof failureKinds)[number], ReturnType<typeof amount>>,
);

const trafficSchema = z
  .object({
    read_bytes: amount('bytes of bodies that were read'),
    written_bytes: amount('bytes of bodies that were stored'),
    retries: amount('requests that were retried'),
  })
  .describe('bytes and retries on the wire');

const writesSchema = z
  .object({
    acknowledged: amount('stores that the cache acknowledged'),
    reread: amount('acknowledged stores that were re-read'),
    lost: amount('missing or changed on reread'),
    evicted: amount("missing on reread, which the cache's evictions can explain"),
  })
  .describe('acknowledged writes, and the results of those that were re-read');

const warmupSchema = z
  .object({
    keys: amount('keys to store'),
    stored: amount('keys that were stored'),
    failed: amount('stores that failed'),
    stored_bytes: amount('bytes that were stored'),
    duration_ms: amount('how long it took'),
    timed_out: flag('whether the deadline passed before all was stored'),
  })
  .describe('the warm-up: stores before the measured part');

const mergedSchema = z
  .object({
    overlap_ms: amount('how long all generators ran, by their clocks'),
    span_ms: amount('from the start of the first to the end of the last'),
    runs: z
      .array(
        z.object({
          run_id: text('its run'),
          offset_ms: amount('how long after the first it began'),
          duration_ms: amount('how long it ran'),
          clients: amount('its clients'),
          operations: amount('operations that ended'),
        }),
      )
      .describe('the runs in the order of their starts'),
  })
  .describe("several generators' runs that memobuild merge made into this one");

/** Checks one run of a result file. Keys that it does not know are left out of what it returns. */
export const runResultSchema = z.object({
  schema_version: schemaVersion,
  upgraded_from_version: amount(
    'version of the file that this was read from, if it was an older one',
  ).optional(),
  name: textOrNull("the scenario's name"),
  timestamp: timestamp('start of the run, ISO 8601'),
  run_id: text('identifies this run; part of the keys that it stored'),
  duration_ms: amount('from the first operation to the end of the last one'),
  complete: flag(
    'false: the run was interrupted or lost workers, so the figures cover a part of it',
  ),
  stop_reason: z.enum(stopReasons).describe('why it ended'),
  operations: operationsSchema,
  success_rate_percent: measured(
    "share of operations that succeeded, without those that failed on the generator's own machine (errors_by_type.generator)",
  ),
  error_rate_percent: measured('share of operations that failed, likewise'),
  throughput_ops_per_sec: measured(
    'successful operations per second of sending_ms; of duration_ms if sending_ms is below 1,000',
  ),
  sending_from_ms: amount(
    'when the last client had begun, counted from the start; left out without a ramp-up',
  ).optional(),
  sending_ms: amount(
    'how long all clients were sending: from then until the first had done its share, or the duration had elapsed',
  ),
  longest_silence_ms: measured(
    'the longest time in which no operation was answered while some were under way',
  ),
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
    .describe('operations that had not ended at the drain timeout'),
  scheduled: measured('open loop: operations that were due'),
  cleanup: z
    .object({
      removable: flag('whether the protocol can remove entries'),
      removed: amount('entries that were removed'),
      failed: amount('entries that could not be removed'),
    })
    .describe('entries that the run removed at its end'),
  time_series: z
    .array(timeSeriesRowSchema)
    .describe('one row per second (one per window where windows are longer)'),
  windows: z
    .array(windowSchema)
    .describe('all counts by window: every figure above is a sum of these'),
  config: configSchema,
  verdict: verdictSchema,
  generator: generatorSchema,
  connections: connectionsSchema.optional(),
  stages: z
    .array(stageSchema)
    .optional()
    .describe('open loop of several stages: the figures of each; pauses are left out'),
  server: serverSchema,
  environment: environmentSchema,
  merged: mergedSchema.optional(),
  replay: replaySchema.optional().describe('the trace, with --replay'),
  notes: texts('further remarks'),
});

/**
 * One run, as the result file holds it (docs/result-file.md). `null` means that there was nothing
 * to measure. Times named `*_ms` inside a run count from the start of its measured part.
 */
export type RunResult = ReadonlyDeep<z.infer<typeof runResultSchema>>;
