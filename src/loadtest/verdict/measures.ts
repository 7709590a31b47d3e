import { type ResolvedConfig, stagesOf } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import {
  judgedSeries,
  type LatencySummary,
  mergeSeries,
  summarizeLatency,
} from '../metrics/merge-series.ts';

/** The figures that criteria speak of. `undefined`: there was nothing to measure. */
export interface Measures {
  readonly success_rate_percent: number | undefined;
  readonly error_rate_percent: number | undefined;
  /** Ended operations per second; what was dropped before it began is not one. */
  readonly throughput_ops_per_sec: number | undefined;
  readonly avg_ms: number | undefined;
  readonly p50_ms: number | undefined;
  readonly p90_ms: number | undefined;
  readonly p95_ms: number | undefined;
  readonly p99_ms: number | undefined;
  readonly p999_ms: number | undefined;
  readonly max_ms: number | undefined;
  /** Hits of lookups that were answered. */
  readonly hit_rate_percent: number | undefined;
  /** Operations that read wrong bytes, and acknowledged writes that were lost. */
  readonly integrity_and_lost: number;
}

/** Works the judged figures out of a measurement. */
export function measuresOf(measurement: Measurement): Measures {
  const { totals, durationMs } = measurement;
  const latency = judgedLatencyOf(measurement);
  const started = totals.total - totals.failures.dropped;
  return {
    success_rate_percent: percentOf(totals.successful, totals.total),
    error_rate_percent: percentOf(totals.failed, totals.total),
    throughput_ops_per_sec: durationMs > 0 ? started / (durationMs / 1000) : undefined,
    avg_ms: latency?.avgMs,
    p50_ms: latency?.p50Ms,
    p90_ms: latency?.p90Ms,
    p95_ms: latency?.p95Ms,
    p99_ms: latency?.p99Ms,
    p999_ms: latency?.p999Ms,
    max_ms: latency?.maxMs,
    hit_rate_percent: percentOf(totals.hits, totals.hits + totals.misses),
    integrity_and_lost: totals.failures.integrity + totals.failures.lost,
  };
}

/** How long operations were sent; what ended later was drained. */
export function sentMsOf(
  { sentMs, durationMs }: Measurement,
  { durationSecs }: Pick<ResolvedConfig, 'durationSecs'>,
): number {
  return sentMs ?? Math.min(durationMs, durationSecs * 1000);
}

/** Response time of successes, and of timeouts at their bound. */
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
  return operations / durationSecs;
}

export function percentOf(part: number, whole: number): number | undefined {
  return whole > 0 ? (100 * part) / whole : undefined;
}
