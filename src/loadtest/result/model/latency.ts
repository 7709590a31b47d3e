import { z } from 'zod';
import { exchangePhases, latencySeries } from '../../measurement.ts';
import { amount, measured, type ReadonlyDeep, textOrNull } from './fields.ts';

const latencyFields = {
  count: amount('operations in these figures'),
  min_ms: measured('the shortest'),
  avg_ms: measured('the mean'),
  p50_ms: measured('the median'),
  p90_ms: measured('90th percentile'),
  p95_ms: measured('95th percentile'),
  p99_ms: measured('99th percentile'),
  p999_ms: measured('99.9th percentile'),
  max_ms: measured('the longest'),
  histogram: textOrNull('HdrHistogram V2 compressed, base64, microseconds'),
};

export const latencySeriesSchema = z.enum(latencySeries);
export const latencySchema = z.object(latencyFields);

export const judgedLatencySchema = z
  .object({
    ...latencyFields,
    model: z
      .enum(['closed', 'open'])
      .describe("closed: from the send. open: from the operation's due time"),
    by_series: z
      .partialRecord(latencySeriesSchema, latencySchema)
      .describe('the figures of each series; series without a sample are left out'),
    by_size: z
      .array(
        z.object({
          from_bytes: amount('the smallest artifact of the class'),
          below_bytes: measured('the artifacts are smaller than this; null: no upper end'),
          ...latencyFields,
        }),
      )
      .optional()
      .describe(
        'operations by the size of their artifact, failed ones included; classes without a sample are left out',
      ),
    by_phase: z
      .partialRecord(z.enum(exchangePhases), latencySchema)
      .optional()
      .describe(
        'exchanges by phase: connect (to the end of the TLS handshake), first_byte (from the send), transfer (from there to the last byte); an operation has one exchange or more',
      ),
  })
  .describe("the judged latency: successes, and timeouts at the timeout's length");

/** Latency figures, and the histogram that they can be computed from again. */
export type LatencyResult = ReadonlyDeep<z.infer<typeof latencySchema>>;
/** The latency that the verdict judges, and the series that it is made of. */
export type JudgedLatencyResult = ReadonlyDeep<z.infer<typeof judgedLatencySchema>>;
