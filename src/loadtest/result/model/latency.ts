import { z } from 'zod';
import { exchangePhases, latencySeries } from '../../measurement.ts';
import { intervalFigures } from '../../metrics/percentile-intervals.ts';
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
    intervals: z
      .partialRecord(z.enum(intervalFigures), z.array(z.number().nullable()))
      .optional()
      .describe(
        '95 % intervals of the percentiles: low and high; null: too few operations to bound it',
      ),
    successful: z
      .object(latencyFields)
      .describe('the same figures for the operations that succeeded'),
    corrected: z
      .object({
        ...latencyFields,
        interval_ms: amount('mean time between two operations of a client'),
      })
      .nullable()
      .describe(
        'closed loop: the judged latency with the operations that were not sent while clients waited, corrected for coordinated omission; null: an open loop, or no operations',
      ),
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
  .describe(
    'the judged latency: every operation that took time, failed or not. Figures at or above by_series.timeout.min_ms, and the mean where there are timeouts, are lower bounds',
  );

/** Latency figures, and the histogram that they can be computed from again. */
export type LatencyResult = ReadonlyDeep<z.infer<typeof latencySchema>>;
/** The latency that the verdict judges, and the series that it is made of. */
export type JudgedLatencyResult = ReadonlyDeep<z.infer<typeof judgedLatencySchema>>;
