import type { MissRatioPoint, TraceStats } from '../../loadtest/internal.ts';
import { axisStyle, clockText, legendStyle, plotGrid, timeAxis, valueAxis } from '../plots/axes.ts';
import { type Chart, placeholder } from '../plots/chart.ts';
import type { ChartGroup } from '../plots/charts-of.ts';
import { count, size } from '../shared/format.ts';
import { tenths } from './text.ts';

/** The pictures of a trace: its miss-ratio curve, and the growth of its working set. */
export function traceChartsOf(stats: TraceStats): ChartGroup[] {
  const charts = [missRatioChart(stats), growthChart(stats)];
  return [{ id: '', heading: `Trace ${stats.trace}`, run: undefined, baseline: undefined, charts }];
}

const policies = [
  ['LRU', 'blue', 'lruPercent'],
  ['SIEVE', 'orange', 'sievePercent'],
  ['S3-FIFO', 'green', 's3FifoPercent'],
] as const satisfies readonly (readonly [string, keyof typeof placeholder, keyof MissRatioPoint])[];

function missRatioChart({ curve, unlimitedHitRatePercent: all }: TraceStats): Chart {
  return {
    id: 'miss-ratio',
    title: 'Miss ratio by cache size',
    description: `Share of lookups that miss, by the size of the cache and how it evicts. A cache that keeps everything misses ${tenths(all === null ? null : 100 - all)}.`,
    option: {
      grid: { ...plotGrid, right: 48 },
      legend: legendStyle,
      xAxis: {
        ...axisStyle,
        type: 'log',
        logBase: 2,
        name: 'cache size',
        nameLocation: 'middle',
        nameGap: 24,
        splitLine: { show: false },
        axisLabel: { ...axisStyle.axisLabel, formatter: (bytes: number) => size(bytes) },
      },
      yAxis: valueAxis('misses', { format: (value) => `${value} %`, hasNames: true }),
      series: policies.map(([name, color, field]) => ({
        type: 'line',
        name,
        color: placeholder[color],
        symbol: 'circle',
        symbolSize: 5,
        lineStyle: { width: name === 'LRU' ? 2.5 : 1.4 },
        data: curve.map((point) => [point.sizeBytes, 100 - point[field]]),
      })),
    },
    table: [
      ['cache size', ...policies.map(([name]) => name)],
      ...curve.map((point) => [
        size(point.sizeBytes),
        ...policies.map(([, , field]) => tenths(100 - point[field])),
      ]),
    ],
  };
}

function growthChart({ growth, durationMs }: TraceStats): Chart {
  return {
    id: 'working-set-growth',
    title: 'Growth of the working set',
    description: 'Bytes of all distinct keys that were used until then.',
    option: {
      grid: plotGrid,
      xAxis: timeAxis(Math.max(1, durationMs)),
      yAxis: valueAxis('working set', { format: (bytes) => size(bytes), hasNames: true }),
      series: [
        {
          type: 'line',
          name: 'working set',
          color: placeholder.blue,
          showSymbol: false,
          step: 'end',
          data: growth.map(({ atMs, sizeBytes }) => [atMs, sizeBytes]),
        },
      ],
    },
    table: [
      ['after', 'keys', 'working set'],
      ...growth
        .filter((_, index) => index % Math.ceil(growth.length / 12) === 0)
        .map(({ atMs, keys, sizeBytes }) => [
          clockText(atMs, durationMs),
          count(keys),
          size(sizeBytes),
        ]),
    ],
  };
}
