import { z } from 'zod';
import { amount, measured, type ReadonlyDeep, text } from './fields.ts';
import { latencySeriesSchema } from './latency.ts';
import { failureKindSchema, operationsSchema } from './operations.ts';

const start_ms = amount('its start, counted from the start of the measured part');
const end_ms = amount('its end, counted from the start of the measured part');
const hits = amount('lookups that found their key');
const misses = amount('lookups that did not find their key');

export const timeSeriesRowSchema = z.object({
  start_ms,
  end_ms,
  operations: operationsSchema,
  not_sent: amount(
    "failed operations that the generator's own machine could not send; left out where there is none",
  ).optional(),
  throughput_ops_per_sec: amount('successful operations, per second'),
  hits,
  misses,
  p50_ms: measured('median of the judged latency'),
  p95_ms: measured('95th percentile of the judged latency'),
  p99_ms: measured('99th percentile of the judged latency'),
  max_ms: measured('longest judged latency'),
  in_flight: amount("operations in flight at the row's end"),
  server_memory_bytes: measured("private memory of the server's processes"),
  server_cpu_cores: measured('cores that the server used'),
  generator_cpu_cores: measured('cores that the generator used'),
});

export const windowSchema = z.object({
  start_ms,
  end_ms,
  operations: operationsSchema,
  sending_successful: amount('successful operations that ended while all clients were sending'),
  hits,
  misses,
  read_bytes: amount('bytes of bodies that were read'),
  written_bytes: amount('bytes of bodies that were stored'),
  in_flight: amount("operations in flight at the window's end"),
  silence: z
    .object({ from_ms: amount('its start'), to_ms: amount('its end') })
    .optional()
    .describe('the longest time without an answer that was seen in this window'),
  errors_by_type: z
    .partialRecord(failureKindSchema, amount('operations with this kind of failure'))
    .describe('failed operations by kind; kinds that did not occur are left out'),
  histograms: z
    .partialRecord(latencySeriesSchema, text('encoded as latency.histogram is'))
    .describe('latency by series; series without a sample are left out'),
});

/** One second of a run (one window where windows are longer). */
export type TimeSeriesRow = ReadonlyDeep<z.infer<typeof timeSeriesRowSchema>>;
/** Everything that was counted in one window of a run. */
export type WindowResult = ReadonlyDeep<z.infer<typeof windowSchema>>;
