import type { RunResult, TimeSeriesRow } from '../../loadtest/internal.ts';

/** A stretch of a run, one or more rows of its time series. */
export interface TimeRow {
  readonly middleMs: number;
  /** Successful ones. */
  readonly opsPerSec: number;
  readonly hitsPerSec: number;
  readonly missesPerSec: number;
  readonly failedPerSec: number;
  /** The percentile of the worst second in the stretch: percentiles are never averaged. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly serverMemoryBytes: number | null;
  readonly serverCpuCores: number | null;
  readonly generatorCpuCores: number | null;
}

/** More points than this, and lines become ink. */
export const timeRowsMax = 400;

export interface TimeRows {
  readonly rows: readonly TimeRow[];
  /** Rows of the file in each; 1 = as the file has them. */
  readonly merged: number;
  /** Length of a last row that is left out, 0 = none. */
  readonly leftOutMs: number;
}

/** A run's time series in at most {@link timeRowsMax} stretches. */
export function timeRowsOf({ time_series: all }: RunResult): TimeRows {
  const leftOutMs = stubMs(all);
  const series = leftOutMs === 0 ? all : all.slice(0, -1);
  const merged = Math.max(1, Math.ceil(series.length / timeRowsMax));
  const rows: TimeRow[] = [];
  for (let at = 0; at < series.length; at += merged) {
    rows.push(mergeRows(series.slice(at, at + merged)));
  }
  return { rows, merged, leftOutMs };
}

/**
 * A run ends in a row shorter than the others, in which only the operations end that were still under
 * way: its rates and percentiles describe no single second, and would be drawn as a collapse.
 */
function stubMs(series: readonly TimeSeriesRow[]): number {
  const [first, last] = [series[0], series.at(-1)];
  if (series.length < 3 || first === undefined || last === undefined) return 0;
  const lengthMs = last.end_ms - last.start_ms;
  return lengthMs < (first.end_ms - first.start_ms) / 2 ? lengthMs : 0;
}

function mergeRows(rows: readonly TimeSeriesRow[]): TimeRow {
  const startMs = rows[0]?.start_ms ?? 0;
  const endMs = rows.at(-1)?.end_ms ?? startMs;
  const seconds = Math.max(endMs - startMs, 1) / 1000;
  const perSec = (pick: (row: TimeSeriesRow) => number): number =>
    rows.reduce((sum, row) => sum + pick(row), 0) / seconds;
  const worst = (pick: (row: TimeSeriesRow) => number | null): number | null =>
    rows.reduce<number | null>((max, row) => {
      const value = pick(row);
      return value === null ? max : Math.max(max ?? value, value);
    }, null);
  return {
    middleMs: (startMs + endMs) / 2,
    opsPerSec: perSec((row) => row.operations.successful),
    hitsPerSec: perSec((row) => row.hits),
    missesPerSec: perSec((row) => row.misses),
    failedPerSec: perSec((row) => row.operations.failed - (row.not_sent ?? 0)),
    p50Ms: worst((row) => row.p50_ms),
    p95Ms: worst((row) => row.p95_ms),
    p99Ms: worst((row) => row.p99_ms),
    serverMemoryBytes: worst((row) => row.server_memory_bytes),
    serverCpuCores: worst((row) => row.server_cpu_cores),
    generatorCpuCores: worst((row) => row.generator_cpu_cores),
  };
}
