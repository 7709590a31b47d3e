import type { RunResult } from '../../loadtest/internal.ts';
import { failedByTarget, figure, latency, size } from '../shared/format.ts';
import { latencyAxis, legendStyle, plotGrid, timeAxis, valueAxis } from './axes.ts';
import { type Chart, placeholder } from './chart.ts';
import type { LineSeriesOption } from './echarts.bundle.ts';
import { type TimeRow, type TimeRows, timeRowsOf } from './time-rows.ts';

/** A run drawn behind another, for comparison. */
export interface Baseline {
  readonly run: RunResult;
}

/** Throughput over time, with the results of lookups. */
export function throughputChart(run: RunResult, baseline?: Baseline): Chart {
  const time = timeRowsOf(run);
  const points = pointsOf(time.rows);
  const hasFailures = failedByTarget(run) > 0;
  return {
    id: 'throughput',
    title: 'Throughput over time',
    description: `Successful operations per second${hasFailures ? ', with hits, misses and failures' : ', with hits and misses; none failed'}.${stretchNote(time)}`,
    option: {
      grid: plotGrid,
      legend: legendStyle,
      xAxis: timeAxis(durationOf(run, baseline)),
      yAxis: valueAxis('operations/s'),
      series: [
        line(
          'successful',
          'blue',
          points((row) => row.opsPerSec),
          { lineStyle: { width: 2.5 } },
        ),
        line(
          'hits',
          'green',
          points((row) => row.hitsPerSec),
        ),
        line(
          'misses',
          'orange',
          points((row) => row.missesPerSec),
        ),
        ...(hasFailures
          ? [
              line(
                'failed',
                'red',
                points((row) => row.failedPerSec),
              ),
            ]
          : []),
        ...baselineLines(baseline, [['successful', (row) => row.opsPerSec]]),
      ],
    },
    table: [
      ['', 'operations/s', 'hits', 'misses', 'failed'],
      [
        'whole run',
        figure(run.throughput_ops_per_sec),
        figure(run.cache.hits),
        figure(run.cache.misses),
        figure(failedByTarget(run)),
      ],
    ],
  };
}

/** Percentiles of each second. */
export function latencyOverTimeChart(run: RunResult, baseline?: Baseline): Chart {
  const time = timeRowsOf(run);
  const points = pointsOf(time.rows);
  return {
    id: 'latency-over-time',
    title: 'Latency over time',
    description: `P50, P95 and P99 of each ${time.merged > 1 ? 'stretch' : 'second'}, on a logarithmic scale.${stretchNote(time)}`,
    option: {
      grid: plotGrid,
      legend: legendStyle,
      xAxis: timeAxis(durationOf(run, baseline)),
      yAxis: latencyAxis('latency'),
      series: [
        line(
          'P50',
          'green',
          points((row) => positive(row.p50Ms)),
        ),
        line(
          'P95',
          'blue',
          points((row) => positive(row.p95Ms)),
          { lineStyle: { width: 2.5 } },
        ),
        line(
          'P99',
          'orange',
          points((row) => positive(row.p99Ms)),
        ),
        ...baselineLines(baseline, [['P95', (row) => positive(row.p95Ms)]]),
      ],
    },
    table: [
      ['', 'P50', 'P95', 'P99', 'max'],
      [
        'whole run',
        latency(run.latency.p50_ms),
        latency(run.latency.p95_ms),
        latency(run.latency.p99_ms),
        latency(run.latency.max_ms),
      ],
    ],
  };
}

/** Memory and CPU of the server, CPU of the generator; `undefined` where neither was known. */
export function resourcesChart(run: RunResult): Chart | undefined {
  const time = timeRowsOf(run);
  const points = pointsOf(time.rows);
  const memory = points((row) =>
    row.serverMemoryBytes === null ? null : row.serverMemoryBytes / 2 ** 20,
  );
  const serverCpu = points((row) => row.serverCpuCores);
  const generatorCpu = points((row) => row.generatorCpuCores);
  const known = [memory, serverCpu, generatorCpu].some((series) => series.length > 0);
  if (!known) return undefined;
  return {
    id: 'resources',
    title: 'Memory and CPU',
    description: `The server's memory (left) and the cores that server and generator used (right).${stretchNote(time)}`,
    option: {
      grid: plotGrid,
      legend: legendStyle,
      xAxis: timeAxis(run.duration_ms),
      yAxis: [
        valueAxis('memory', { format: (mebibytes) => `${figure(mebibytes)} MiB` }),
        valueAxis('cores', { right: true }),
      ],
      series: [
        ...(memory.length > 0 ? [line('server memory', 'purple', memory)] : []),
        ...(serverCpu.length > 0 ? [line('server CPU', 'blue', serverCpu, { yAxisIndex: 1 })] : []),
        ...(generatorCpu.length > 0
          ? [line('generator CPU', 'orange', generatorCpu, { yAxisIndex: 1 })]
          : []),
      ],
    },
    table: [
      ['', 'server memory at the start', 'at the end', 'at most', 'server CPU'],
      [
        'whole run',
        size(run.server.memory_bytes_first),
        size(run.server.memory_bytes_last),
        size(run.server.memory_bytes_max),
        `${figure(run.server.cpu_cores)} cores`,
      ],
    ],
  };
}

type Points = [number, number][];

function pointsOf(rows: readonly TimeRow[]): (pick: (row: TimeRow) => number | null) => Points {
  return (pick) =>
    rows.flatMap((row): Points => {
      const value = pick(row);
      return value === null ? [] : [[row.middleMs, value]];
    });
}

function line(
  name: string,
  color: keyof typeof placeholder,
  data: Points,
  more: LineSeriesOption = {},
): LineSeriesOption {
  return {
    type: 'line',
    name,
    data,
    color: placeholder[color],
    // A single point has no line: it is shown as a dot.
    showSymbol: data.length < 3,
    symbolSize: 6,
    ...more,
    lineStyle: { width: 1.6, ...more.lineStyle },
  };
}

function baselineLines(
  baseline: Baseline | undefined,
  picks: readonly [string, (row: TimeRow) => number | null][],
): LineSeriesOption[] {
  if (baseline === undefined) return [];
  const points = pointsOf(timeRowsOf(baseline.run).rows);
  return picks.map(([name, pick]) =>
    line(`${name}, baseline`, 'faint', points(pick), { lineStyle: { type: 'dashed' } }),
  );
}

function durationOf(run: RunResult, baseline: Baseline | undefined): number {
  return Math.max(run.duration_ms, baseline?.run.duration_ms ?? 0);
}

function stretchNote({ merged, leftOutMs }: TimeRows): string {
  const stretch =
    merged === 1
      ? ''
      : ` Each point merges ${merged} rows of the file: rates are means, percentiles are the worst of them.`;
  if (leftOutMs === 0) return stretch;
  return `${stretch} The last ${latency(leftOutMs)}, in which the last operations ended, are not drawn.`;
}

/** A logarithmic axis has no 0. */
function positive(ms: number | null): number | null {
  return ms === null || ms <= 0 ? null : ms;
}
