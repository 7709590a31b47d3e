import type { Histogram } from 'hdr-histogram-js';
import { maxOf, minOf } from '../../core/index.ts';
import {
  decodeHistogram,
  forEachRecordedValue,
  judgedSeries,
  type RunResult,
  type WindowResult,
} from '../../loadtest/internal.ts';
import { axisStyle, clockText, plotGrid, shortLatency, timeLabelsMax } from './axes.ts';
import { type Chart, placeholder } from './chart.ts';

/** How many operations took how long, over time; `undefined` where nothing ended well. */
export function heatMapChart(run: RunResult): Chart | undefined {
  const columns = columnsOf(run);
  const buckets = columns.flatMap((column) => [...column.counts.keys()]);
  if (buckets.length === 0) return undefined;
  const lowest = minOf(buckets);
  const highest = maxOf(buckets);
  const rows = Array.from({ length: highest - lowest + 1 }, (_, row) => lowest + row);
  const cells = columns.flatMap(({ counts }, column) =>
    rows.flatMap((bucket, row) => {
      const count = counts.get(bucket) ?? 0;
      return count === 0 ? [] : [[column, row, count] as [number, number, number]];
    }),
  );
  const most = maxOf(cells.map(([, , count]) => count));
  const skipped = columns.skipped === 1 ? '' : ` One window in ${columns.skipped} is drawn.`;
  return {
    id: 'latency-heat-map',
    title: 'Latency heat map',
    description: `Number of operations per latency and interval of the run: the stronger the colour, the more operations.${skipped}`,
    option: {
      grid: { ...plotGrid, top: 46, right: 24 },
      xAxis: {
        ...axisStyle,
        type: 'category',
        name: 'time',
        nameLocation: 'middle',
        nameGap: 24,
        axisLabel: {
          ...axisStyle.axisLabel,
          interval: Math.ceil(columns.length / timeLabelsMax) - 1,
        },
        data: columns.map(({ startMs }) => clockText(startMs, run.duration_ms)),
      },
      yAxis: {
        ...axisStyle,
        type: 'category',
        name: 'latency, at most',
        nameTextStyle: { ...axisStyle.nameTextStyle, align: 'left' },
        data: rows.map((bucket) => shortLatency(upperMs(bucket))),
      },
      visualMap: {
        show: false,
        type: 'piecewise',
        // Counts spread over decades: shades go by their logarithm.
        pieces: shades.map((opacity, step) => ({
          min: step === 0 ? 1 : most ** (step / shades.length),
          max: most ** ((step + 1) / shades.length),
          color: placeholder.blue,
          colorAlpha: opacity,
          opacity,
        })),
      },
      series: [{ type: 'heatmap', data: cells, progressive: 0 }],
    },
    table: [],
  };
}

/** Buckets a factor of 10^(1/6) wide: six per decade. */
const bucketsPerDecade = 6;
const shades: readonly number[] = [0.12, 0.26, 0.42, 0.6, 0.8, 1];
const columnsMax = 60;
/** Decoding a window's histograms costs a millisecond: an hour of them would take many seconds. */
const windowsReadMax = 600;

interface Column {
  readonly startMs: number;
  readonly counts: Map<number, number>;
}

function columnsOf({ windows }: RunResult): Column[] & { skipped: number } {
  const skipped = Math.max(1, Math.ceil(windows.length / windowsReadMax));
  const read = windows.filter((_, index) => index % skipped === 0);
  const perColumn = Math.max(1, Math.ceil(read.length / columnsMax));
  const columns: Column[] = [];
  for (let at = 0; at < read.length; at += perColumn) {
    const counts = new Map<number, number>();
    for (const window of read.slice(at, at + perColumn)) addWindow(counts, window);
    columns.push({ startMs: read[at]?.start_ms ?? 0, counts });
  }
  return Object.assign(columns, { skipped });
}

function addWindow(counts: Map<number, number>, { histograms }: WindowResult): void {
  for (const series of judgedSeries) {
    const encoded = histograms[series];
    if (encoded !== undefined) addHistogram(counts, decodeHistogram(encoded));
  }
}

function addHistogram(counts: Map<number, number>, histogram: Histogram): void {
  forEachRecordedValue(histogram, (us, count) => {
    const bucket = bucketOf(us);
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  });
}

function bucketOf(us: number): number {
  return Math.ceil(Math.log10(Math.max(us, 1)) * bucketsPerDecade - 1e-9);
}

function upperMs(bucket: number): number {
  return 10 ** (bucket / bucketsPerDecade) / 1000;
}
