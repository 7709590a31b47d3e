import type { Histogram } from 'hdr-histogram-js';
import { maxOf } from '../../core/index.ts';
import { type LatencySeries, latencySeries } from '../measurement.ts';
import { addHistogram, judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import { decodeHistogram, encodeHistogram } from '../result/latency-result.ts';
import type { RunResult } from '../result/model/run.ts';
import type { TimeSeriesRow, WindowResult } from '../result/model/windows.ts';
import { notSent } from '../result/time-series.ts';
import { type Overlap, type ShiftedRun, sendingSuccessfulOf } from './overlap.ts';

/** The windows of several runs on one grid, and all their histograms. */
export interface MergedWindows {
  readonly windowMs: number;
  readonly windows: readonly WindowResult[];
  readonly bySeries: Readonly<Partial<Record<LatencySeries, Histogram>>>;
  readonly judged: Histogram | undefined;
  readonly timeSeries: readonly TimeSeriesRow[];
  /** Successful operations that ended while all clients of all generators were sending; not rounded. */
  readonly sendingSuccessful: number;
}

type Histograms = Partial<Record<LatencySeries, Histogram>>;

interface Cell {
  readonly sources: Source[];
  readonly histograms: Histograms;
}

interface Source {
  readonly window: WindowResult;
  readonly shifted: ShiftedRun;
  /** What succeeded in it while all clients of all generators were sending. */
  readonly sendingSuccessful: number;
}

/**
 * Puts each window of each run into the window of a common grid in which its middle lies. Nothing is
 * split, so counts and histograms are sums of those of the runs, without loss.
 */
export function mergeWindows(runs: readonly ShiftedRun[], overlap: Overlap): MergedWindows {
  const windowMs = Math.max(1, maxOf(runs.map(({ run }) => longestWindowMs(run))));
  const cells = new Map<number, Cell>();
  const bySeries: Histograms = {};
  for (const shifted of runs) {
    for (const window of shifted.run.windows) {
      const middleMs = shifted.offsetMs + (window.start_ms + window.end_ms) / 2;
      const index = Math.floor(middleMs / windowMs);
      const cell = cells.get(index) ?? { sources: [], histograms: {} };
      cells.set(index, cell);
      const sendingSuccessful = sendingSuccessfulOf(window, shifted, overlap);
      cell.sources.push({ window, shifted, sendingSuccessful });
      for (const series of latencySeries) {
        const encoded = window.histograms[series];
        if (encoded === undefined) continue;
        const histogram = decodeHistogram(encoded);
        addTo(cell.histograms, series, histogram);
        addTo(bySeries, series, histogram);
      }
    }
  }
  const ordered = [...cells]
    .sort(([a], [b]) => a - b)
    .map(([index, cell]) => ({ cell, window: windowOf(index, cell, windowMs) }));
  return {
    windowMs,
    windows: ordered.map(({ window }) => window),
    bySeries,
    judged: mergeSeries([{ histograms: bySeries }], judgedSeries),
    timeSeries: ordered.map(({ cell, window }) => rowOf(window, cell)),
    sendingSuccessful: ordered.reduce((sum, { cell }) => sum + sendingSuccessfulIn(cell), 0),
  };
}

function longestWindowMs({ windows }: RunResult): number {
  return windows.reduce((most, window) => Math.max(most, window.end_ms - window.start_ms), 0);
}

function addTo(histograms: Histograms, series: LatencySeries, more: Histogram): void {
  const sum = addHistogram(histograms[series], more);
  if (sum !== undefined) histograms[series] = sum;
}

function sendingSuccessfulIn({ sources }: Cell): number {
  return sources.reduce((sum, { sendingSuccessful }) => sum + sendingSuccessful, 0);
}

function windowOf(index: number, cell: Cell, windowMs: number): WindowResult {
  const { sources, histograms } = cell;
  const sum = (pick: (window: WindowResult) => number): number =>
    sources.reduce((total, { window }) => total + pick(window), 0);
  const kinds = new Set(
    sources.flatMap(({ window }) => Object.keys(window.errors_by_type)),
  ) as ReadonlySet<keyof WindowResult['errors_by_type']>;
  const lastOf = new Map(sources.map(({ window, shifted }) => [shifted, window.in_flight]));
  return {
    start_ms: index * windowMs,
    end_ms: (index + 1) * windowMs,
    operations: {
      total: sum(({ operations }) => operations.total),
      successful: sum(({ operations }) => operations.successful),
      failed: sum(({ operations }) => operations.failed),
    },
    sending_successful: Math.round(sendingSuccessfulIn(cell)),
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    read_bytes: sum((window) => window.read_bytes),
    written_bytes: sum((window) => window.written_bytes),
    in_flight: [...lastOf.values()].reduce((total, inFlight) => total + inFlight, 0),
    errors_by_type: Object.fromEntries(
      [...kinds].map((kind) => [kind, sum((window) => window.errors_by_type[kind] ?? 0)]),
    ),
    histograms: Object.fromEntries(
      Object.entries(histograms).map(([series, histogram]) => [series, encodeHistogram(histogram)]),
    ),
  };
}

function rowOf(window: WindowResult, { sources, histograms }: Cell): TimeSeriesRow {
  const judged = mergeSeries([{ histograms }], judgedSeries);
  const percentileMs = (percent: number): number | null =>
    judged === undefined ? null : judged.getValueAtPercentile(percent) / 1000;
  const rows = sources.flatMap(({ window: source, shifted: { run } }) => {
    const middleMs = (source.start_ms + source.end_ms) / 2;
    return run.time_series.find((row) => row.start_ms <= middleMs && middleMs < row.end_ms) ?? [];
  });
  const seconds = (window.end_ms - window.start_ms) / 1000;
  return {
    start_ms: window.start_ms,
    end_ms: window.end_ms,
    operations: window.operations,
    ...notSent(window.errors_by_type.generator ?? 0),
    throughput_ops_per_sec: window.operations.successful / seconds,
    hits: window.hits,
    misses: window.misses,
    p50_ms: percentileMs(50),
    p95_ms: percentileMs(95),
    p99_ms: percentileMs(99),
    max_ms: judged === undefined ? null : judged.maxValue / 1000,
    in_flight: window.in_flight,
    server_memory_bytes:
      rows.find((row) => row.server_memory_bytes !== null)?.server_memory_bytes ?? null,
    server_cpu_cores: rows.find((row) => row.server_cpu_cores !== null)?.server_cpu_cores ?? null,
    generator_cpu_cores: sumOrNull([...new Set(rows)].map((row) => row.generator_cpu_cores)),
  };
}

/** The sum of what is known; `null` where nothing is. */
export function sumOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
