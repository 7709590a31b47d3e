import { z } from 'zod';
import { amount, measured, number, type ReadonlyDeep, texts } from './fields.ts';

const pointSchema = z.object({
  clients: amount('number of clients'),
  ops_per_sec: measured('completed operations, per second'),
  p50_ms: measured('median of the judged latency'),
  p95_ms: measured('95th percentile of the judged latency'),
  p99_ms: measured('99th percentile of the judged latency'),
  failed: amount('operations that failed'),
  efficiency_percent: measured('throughput relative to linear growth from the fewest clients'),
  expected_ops_per_sec: measured('throughput by the law'),
});

const lawSchema = z.object({
  gamma: amount('operations per second of one client by the law'),
  sigma: amount('contention: the share of work that clients queue for'),
  kappa: amount('coherency: the cost of clients coordinating with each other'),
  r_squared: number('share of the variance that the law explains'),
  knee_clients: measured(
    'clients whose doubling adds less than half the throughput; null: none up to twice the most run',
  ),
  peak_clients: measured('number of clients with the highest throughput; null: no peak is shown'),
  sigma_interval: z.array(number('a bound')).optional().describe('95 % interval of sigma'),
  kappa_interval: z.array(number('a bound')).optional().describe('95 % interval of kappa'),
  peak_interval: z
    .array(number('a bound'))
    .nullable()
    .optional()
    .describe('95 % interval of peak_clients; null: none'),
});

/** Checks what a ramp over client counts measured. */
export const scalingSchema = z.object({
  points: z.array(pointSchema).describe('one per run, in the order of scenarios'),
  law: lawSchema.nullable().describe('Universal Scalability Law; null: too few points'),
  law_quality: z.enum(['good', 'doubtful', 'worthless']).describe('whether the law is reliable'),
  law_doubts: texts('why it is not, one sentence each'),
});

/** What one number of clients reached. */
export type ScalingPoint = ReadonlyDeep<z.infer<typeof pointSchema>>;
/** What `--ramp-clients` measured; the file's `scenarios` hold each run, at the same place as its point. */
export type ScalingResult = ReadonlyDeep<z.infer<typeof scalingSchema>>;
