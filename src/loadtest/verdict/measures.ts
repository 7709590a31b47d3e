import { type ResolvedConfig, stagesOf } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import {
  judgedSeries,
  type LatencySummary,
  mergeSeries,
  summarizeLatency,
} from '../metrics/merge-series.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import { targetOperations } from '../metrics/target-operations.ts';

/** The figures that criteria speak of. `undefined`: there was nothing to measure. */
export interface Measures {
  readonly success_rate_percent: number | undefined;
  readonly error_rate_percent: number | undefined;
  /** Successful operations per second, over the time in which all clients were sending. */
  readonly throughput_ops_per_sec: number | undefined;
  readonly avg_ms: number | undefined;
  readonly p50_ms: number | undefined;
  readonly p90_ms: number | undefined;
  readonly p95_ms: number | undefined;
  readonly p99_ms: number | undefined;
  readonly p999_ms: number | undefined;
  readonly max_ms: number | undefined;
  /** The shortest time after which an operation was given up; `undefined`: none was. */
  readonly given_up_from_ms: number | undefined;
  /** Hits of lookups that were answered. */
  readonly hit_rate_percent: number | undefined;
  /** The longest time without an answer while operations were under way. */
  readonly longest_silence_ms: number | undefined;
  /** Operations that read wrong bytes, and acknowledged writes that were lost. */
  readonly integrity_and_lost: number;
}

/** Works the judged figures out of a measurement. */
export function measuresOf(measurement: Measurement): Measures {
  const { totals } = measurement;
  const { total, failed } = targetOperations(totals, totals.failures);
  const latency = judgedLatencyOf(measurement);
  return {
    success_rate_percent: percentOf(totals.successful, total),
    error_rate_percent: percentOf(failed, total),
    throughput_ops_per_sec: throughputOf(measurement),
    avg_ms: latency?.avgMs,
    p50_ms: latency?.p50Ms,
    p90_ms: latency?.p90Ms,
    p95_ms: latency?.p95Ms,
    p99_ms: latency?.p99Ms,
    p999_ms: latency?.p999Ms,
    max_ms: latency?.maxMs,
    given_up_from_ms: summarizeLatency(mergeSeries(measurement.windows, ['timeout']))?.minMs,
    hit_rate_percent: percentOf(totals.hits, totals.hits + totals.misses),
    longest_silence_ms: totals.total === 0 ? undefined : longestSilenceMs(measurement),
    integrity_and_lost: totals.failures.integrity + totals.failures.lost,
  };
}

function longestSilenceMs({ windows }: Measurement): number {
  return windows.reduce(
    (longest, { silence }) =>
      silence === undefined ? longest : Math.max(longest, silence.toMs - silence.fromMs),
    0,
  );
}

/** What ended while all clients were sending; all of the run where that was too short. */
export function throughputOf(measurement: SentOperations): number | undefined {
  const { durationMs, sendingMs, totals, windows } = measurement;
  if (isTooShortForRate(sendingMs)) {
    return durationMs > 0 ? (1000 * totals.successful) / durationMs : undefined;
  }
  const successful = windows.reduce((sum, window) => sum + window.sendingSuccessful, 0);
  return (1000 * successful) / sendingMs;
}

type SentOperations = Pick<Measurement, 'durationMs' | 'sendingMs' | 'totals' | 'windows'>;

/**
 * Whether a latency is only a lower bound: an operation that was given up would have taken longer,
 * and raises the mean and every figure at or above the time after which it was given up.
 */
export function isLowerBound(
  figure: string,
  valueMs: number | null | undefined,
  givenUpFromMs: number | null | undefined,
): boolean {
  if (valueMs == null || givenUpFromMs == null) return false;
  return figure === 'avg_ms' || valueMs >= givenUpFromMs;
}

/** The time that every operation took, failed or not; timeouts at the time when they were given up. */
export function judgedLatencyOf(measurement: Measurement): LatencySummary | undefined {
  return summarizeLatency(mergeSeries(measurement.windows, judgedSeries));
}

/**
 * Mean operations per second that an open loop was asked for; `undefined` in a closed one, and of a
 * trace that was not read yet.
 */
export function askedRateOf(config: ResolvedConfig): number | undefined {
  const stages = stagesOf(config.load);
  if (stages.length === 0) return undefined;
  let operations = 0;
  let durationSecs = 0;
  for (const stage of stages) {
    operations += (stage.durationSecs * (stage.fromRate + stage.toRate)) / 2;
    durationSecs += stage.durationSecs;
  }
  // A run that was interrupted before it sent anything has no rate.
  return durationSecs > 0 ? operations / durationSecs : undefined;
}

export function percentOf(part: number, whole: number): number | undefined {
  return whole > 0 ? (100 * part) / whole : undefined;
}
