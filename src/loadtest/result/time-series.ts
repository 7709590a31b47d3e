import type { GeneratorSample, Measurement, ServerSample, Window } from '../measurement.ts';
import { judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import type { TimeSeriesRow } from './model/windows.ts';

/** One row per second, of the windows that end in it; one per window if windows are longer. */
export function timeSeriesOf(measurement: Measurement): TimeSeriesRow[] {
  const rowMs = Math.max(1000, measurement.windowMs);
  const groups = new Map<number, Window[]>();
  for (const window of measurement.windows) {
    // The middle, because a window's ends may differ from the grid by a rounding error.
    const index = Math.floor((window.startMs + window.endMs) / 2 / rowMs);
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [window]);
    else group.push(window);
  }
  return [...groups.values()].map((windows) => rowOf(windows, measurement));
}

function rowOf(windows: readonly Window[], { server, generator }: Measurement): TimeSeriesRow {
  const startMs = windows[0]!.startMs;
  const last = windows.at(-1)!;
  const sum = (pick: (window: Window) => number): number =>
    windows.reduce((total, window) => total + pick(window), 0);
  const total = sum(({ counts }) => counts.total);
  const successful = sum(({ counts }) => counts.successful);
  const histogram = mergeSeries(windows, judgedSeries);
  const percentileMs = (percent: number): number | null =>
    histogram === undefined ? null : histogram.getValueAtPercentile(percent) / 1000;
  const serverSample = sampleAt<ServerSample>(server.samples, startMs, last.endMs);
  return {
    start_ms: startMs,
    end_ms: last.endMs,
    operations: {
      total,
      successful,
      failed: sum(({ counts }) => counts.failed),
    },
    ...notSent(sum(({ counts }) => counts.failures.generator)),
    throughput_ops_per_sec: last.endMs > startMs ? (1000 * successful) / (last.endMs - startMs) : 0,
    hits: sum(({ counts }) => counts.hits),
    misses: sum(({ counts }) => counts.misses),
    p50_ms: percentileMs(50),
    p95_ms: percentileMs(95),
    p99_ms: percentileMs(99),
    max_ms: histogram === undefined ? null : histogram.maxValue / 1000,
    in_flight: last.inFlight,
    server_memory_bytes: serverSample?.memoryBytes ?? null,
    server_cpu_cores: cpuCoresBetween(server.samples, startMs, last.endMs),
    generator_cpu_cores:
      sampleAt<GeneratorSample>(generator.samples, startMs, last.endMs)?.cpuCores ?? null,
  };
}

/** The part of a row that is there only where something was not sent. */
export function notSent(count: number): Pick<TimeSeriesRow, 'not_sent'> {
  return count === 0 ? {} : { not_sent: count };
}

/** The last sample taken within a row; samples arrive about once per second, not on the grid. */
function sampleAt<T extends { readonly atMs: number }>(
  samples: readonly T[],
  startMs: number,
  endMs: number,
): T | undefined {
  return samples.findLast(({ atMs }) => atMs > startMs && atMs <= endMs);
}

/** Cores used between the samples around a row; `null` where CPU time is not known. */
export function cpuCoresBetween(
  samples: readonly ServerSample[],
  startMs: number,
  endMs: number,
): number | null {
  const known = samples.filter(({ cpuMs }) => cpuMs !== undefined);
  const last = known.findLast(({ atMs }) => atMs <= endMs);
  const first = known.findLast(({ atMs }) => atMs <= startMs) ?? known[0];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
  return Math.max(0, (last.cpuMs! - first.cpuMs!) / (last.atMs - first.atMs));
}
