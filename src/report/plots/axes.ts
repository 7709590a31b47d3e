import { formatLatency } from '../../core/index.ts';
import { figure } from '../shared/format.ts';
import { placeholder } from './chart.ts';
import type { XAXisComponentOption, YAXisComponentOption } from './echarts.bundle.ts';

/** What all time and value axes have in common. */
const common = {
  nameTextStyle: { color: placeholder.faint, fontSize: 12 },
  axisLabel: { color: placeholder.faint, fontSize: 12, hideOverlap: true },
  axisLine: { lineStyle: { color: placeholder.faint } },
  axisTick: { lineStyle: { color: placeholder.faint } },
  splitLine: { lineStyle: { color: placeholder.grid } },
} as const;

/** Where a chart's plot lies. Names of axes are above them, where they need no rotation. */
export const plotGrid = { left: 12, right: 24, top: 64, bottom: 34, containLabel: true } as const;

export const legendStyle = {
  top: 6,
  left: 8,
  icon: 'roundRect',
  itemWidth: 14,
  itemHeight: 8,
  itemGap: 24,
  textStyle: { color: placeholder.ink, fontSize: 12 },
} as const;

/** As many labels as fit side by side on a phone. */
export const timeLabelsMax = 8;

const timeStepsMs: readonly number[] = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800,
].map((seconds) => 1000 * seconds);

export function timeAxis(durationMs: number): XAXisComponentOption {
  const stepMs = timeStepsMs.find((step) => durationMs / step <= timeLabelsMax);
  return {
    ...common,
    type: 'value',
    name: 'time',
    nameLocation: 'middle',
    nameGap: 24,
    min: 0,
    max: durationMs,
    ...(stepMs === undefined ? {} : { interval: stepMs }),
    splitLine: { show: false },
    axisLabel: {
      ...common.axisLabel,
      // The end of a run is seldom a round figure.
      showMaxLabel: stepMs !== undefined && durationMs % stepMs === 0,
      formatter: (ms: number) => clockText(ms, durationMs),
    },
  };
}

export function valueAxis(
  name: string,
  options: Partial<{ format: (value: number) => string; right: boolean; hasNames: boolean }> = {},
): YAXisComponentOption {
  return {
    ...common,
    type: 'value',
    name,
    nameLocation: 'end',
    nameTextStyle: { ...common.nameTextStyle, align: options.right ? 'right' : 'left' },
    min: 0,
    // Room for the name above the highest point.
    ...(options.hasNames ? { boundaryGap: [0, '12%'] as [number, string] } : {}),
    ...(options.right ? { position: 'right', splitLine: { show: false } } : {}),
    axisLabel: { ...common.axisLabel, formatter: options.format ?? figure },
  };
}

/** Latency over decades, from the decade of the least to that of the largest. */
export function latencyAxis(name: string): YAXisComponentOption {
  return {
    ...common,
    type: 'log',
    name,
    nameLocation: 'end',
    nameTextStyle: { ...common.nameTextStyle, align: 'left' },
    axisLabel: { ...common.axisLabel, formatter: shortLatency },
  };
}

/** The percentiles that a chart of many runs shows, each with its colour and its field in a result. */
export const shownPercentiles = [
  ['P50', 'green', 'p50_ms'],
  ['P95', 'blue', 'p95_ms'],
  ['P99', 'orange', 'p99_ms'],
] as const;

/** `200 µs`, `5 ms`, `1 s`: no digits that a tick does not need. */
export function shortLatency(ms: number): string {
  return formatLatency(ms)
    .replace(/\.0+(?= )/, '')
    .replace(/(\.\d*?)0+(?= )/, '$1');
}

export { common as axisStyle };

/** `5 s`, or `10:00` where a run takes minutes. */
export function clockText(ms: number, durationMs: number): string {
  const seconds = ms / 1000;
  if (durationMs < 10_000) return `${figure(seconds)} s`;
  if (durationMs < 180_000) return `${Math.round(seconds)} s`;
  const rest = Math.round(seconds % 60);
  return `${Math.floor(seconds / 60)}:${String(rest).padStart(2, '0')}`;
}
