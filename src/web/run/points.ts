import type { ProgressRow, RunResult, TimeSeriesRow } from '../../loadtest/internal.ts';
import type { Point } from '../shared/points.ts';

/** A row of the running test, in the form of the charts. */
export function pointOf(row: ProgressRow): Point {
  const perSec = rateOver(row.endMs - row.startMs);
  return [
    Math.round(row.endMs),
    perSec(row.successful),
    perSec(row.hits),
    perSec(row.misses),
    perSec(row.failed),
    row.p50Ms ?? null,
    row.p95Ms ?? null,
    row.p99Ms ?? null,
    hitRate(row.hits, row.misses),
    row.serverMemoryBytes ?? null,
    row.serverCpuCores ?? null,
    row.generatorCpuCores ?? null,
  ];
}

/** All of a run that has ended, from its result. */
export function pointsOf({ time_series: rows }: RunResult): Point[] {
  const last = rows.at(-1);
  // A row is a second or more. What is left at the end, where the last operations ran out, would
  // look like a breakdown.
  const isStub = rows.length > 1 && last !== undefined && lasted(last) < stubMs;
  return (isStub ? rows.slice(0, -1) : rows).map((row) => {
    const perSec = rateOver(lasted(row));
    return [
      Math.round(row.end_ms),
      row.throughput_ops_per_sec,
      perSec(row.hits),
      perSec(row.misses),
      perSec(row.operations.failed - (row.not_sent ?? 0)),
      row.p50_ms,
      row.p95_ms,
      row.p99_ms,
      hitRate(row.hits, row.misses),
      row.server_memory_bytes,
      row.server_cpu_cores,
      row.generator_cpu_cores,
    ];
  });
}

function lasted(row: TimeSeriesRow): number {
  return row.end_ms - row.start_ms;
}

const stubMs = 500;

function rateOver(lastedMs: number): (count: number) => number {
  return (count) => (lastedMs > 0 ? (1000 * count) / lastedMs : 0);
}

function hitRate(hits: number, misses: number): number | null {
  return hits + misses === 0 ? null : (100 * hits) / (hits + misses);
}
