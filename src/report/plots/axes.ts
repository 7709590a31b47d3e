import type { XAXisComponentOption, YAXisComponentOption } from 'echarts';
import { formatLatency } from '../../core/index.ts';
import { figure } from '../format.ts';
import { placeholder } from './chart.ts';

/** What all time and value axes have in common. */
const common = {
  nameTextStyle: { color: placeholder.faint, fontSize: 12 },
  axisLabel: { color: placeholder.faint, fontSize: 12, hideOverlap: true },
  axisLine: { lineStyle: { color: placeholder.faint } },
  axisTick: { lineStyle: { color: placeholder.faint } },
  splitLine: { lineStyle: { color: placeholder.grid } },
} as const;

/** Where a chart's plot lies. Names of axes stand above them, where they need no turning. */
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

export function timeAxis(durationMs: number): XAXisComponentOption {
  return {
    ...common,
    type: 'value',
    name: 'time',
    nameLocation: 'middle',
    nameGap: 24,
    min: 0,
    max: durationMs,
    splitLine: { show: false },
    axisLabel: {
      ...common.axisLabel,
      showMaxLabel: false,
      formatter: (ms: number) => clockText(ms, durationMs),
    },
  };
}

export function valueAxis(
  name: string,
  options: Partial<{ format: (value: number) => string; right: boolean }> = {},
): YAXisComponentOption {
  return {
    ...common,
    type: 'value',
    name,
    nameLocation: 'end',
    nameTextStyle: { ...common.nameTextStyle, align: options.right ? 'right' : 'left' },
    min: 0,
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

/** `200 µs`, `5 ms`, `1 s`: no digits that a tick does not need. */
export function shortLatency(ms: number): string {
  return formatLatency(ms)
    .replace(/\.0+(?= )/, '')
    .replace(/(\.\d*?)0+(?= )/, '$1');
}

export { common as axisStyle };

function clockText(ms: number, durationMs: number): string {
  const seconds = ms / 1000;
  if (durationMs < 10_000) return `${figure(seconds)} s`;
  if (durationMs < 180_000) return `${Math.round(seconds)} s`;
  const rest = Math.round(seconds % 60);
  return `${Math.floor(seconds / 60)}:${String(rest).padStart(2, '0')}`;
}
