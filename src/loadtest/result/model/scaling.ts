import { z } from 'zod';
import { amount, measured, number, type ReadonlyDeep, texts } from './fields.ts';

const pointSchema = z.object({
  clients: amount('clients that asked'),
  ops_per_sec: measured('operations that ended, per second'),
  p50_ms: measured('median of the judged latency'),
  p95_ms: measured('95th percentile of the judged latency'),
  p99_ms: measured('99th percentile of the judged latency'),
  failed: amount('operations that failed'),
  efficiency_percent: measured('of what the fewest clients reached, times as many clients'),
  expected_ops_per_sec: measured('what the law expects'),
});

const lawSchema = z.object({
  gamma: amount('operations per second that the law gives one client'),
  sigma: amount('contention: what clients queue for'),
  kappa: amount('coherency: what clients spend on each other'),
  r_squared: number('how much of the variation the law explains'),
  knee_clients: amount('clients from which twice as many bring less than half as much again'),
  peak_clients: measured('clients at which the throughput is highest; null: it has no peak'),
});

/** Checks what a ramp over client counts measured. */
export const scalingSchema = z.object({
  points: z
    .array(pointSchema)
    .describe('one for each run, in order; scenarios holds the runs at the same places'),
  law: lawSchema.nullable().describe('Universal Scalability Law; null: too few points'),
  law_quality: z
    .enum(['good', 'doubtful', 'worthless'])
    .describe('whether the law may be relied on'),
  law_doubts: texts('why it may not be, one sentence each'),
});

/** What one number of clients reached. */
export type ScalingPoint = ReadonlyDeep<z.infer<typeof pointSchema>>;
/** What `--ramp-clients` measured; the file's `scenarios` hold each run, at the same place as its point. */
export type ScalingResult = ReadonlyDeep<z.infer<typeof scalingSchema>>;
