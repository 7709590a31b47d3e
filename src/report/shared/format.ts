import { formatLatency, formatSize } from '../../core/index.ts';
import {
  isLowerBound,
  type MetricUnit,
  type RunResult,
  targetOperations,
} from '../../loadtest/internal.ts';

/** The placeholder for a missing measurement. */
export const nothing = '–';

export function count(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** How many operations of a run failed, without those that the generator's own machine failed. */
export function failedByTarget(run: Pick<RunResult, 'operations' | 'errors_by_type'>): number {
  return targetOperations(run.operations, run.errors_by_type).failed;
}

/** About three significant digits, without trailing zeros: `0.04`, `7.25`, `621`, `12,345`. */
export function figure(value: number | null): string {
  if (value === null) return nothing;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Never rounds up to 100 or down to 0 what is not quite that. */
export function percent(value: number | null): string {
  if (value === null) return nothing;
  if (value > 99.99 && value < 100) return '> 99.99 %';
  if (value > 0 && value < 0.01) return '< 0.01 %';
  return `${value.toLocaleString('en', { maximumFractionDigits: 2 })} %`;
}

export function latency(ms: number | null): string {
  return ms === null ? nothing : formatLatency(ms);
}

export function size(sizeBytes: number | null): string {
  return sizeBytes === null ? nothing : formatSize(Math.round(sizeBytes));
}

/** `1.61 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${figure(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A figure in a verdict row's unit. */
export function inUnit(value: number | null, unit: MetricUnit): string {
  if (value === null) return nothing;
  if (value < 0) return `-${inUnit(-value, unit)}`;
  if (unit === 'ms') return value === 0 ? '0 ms' : latency(value);
  if (unit === 'bytes') return `${figure(value / 1e6)} MB`;
  if (unit === '%') return percent(value);
  return unit === '' ? count(value) : `${figure(value)} ${unit}`;
}

/** What a verdict's row measured; `≥` where operations that were given up are in it. */
export function measuredText(row: RunResult['verdict']['rows'][number]): string {
  return `${row.is_lower_bound === true ? '≥ ' : ''}${inUnit(row.measured, row.unit)}`;
}

/**
 * One of the figures of a latency, which is a lower bound where operations were given up.
 * @param givenUpFromMs the shortest time after which one was.
 */
export function boundedLatency(
  figureName: string,
  ms: number | null,
  givenUpFromMs: number | null | undefined,
): string {
  return `${isLowerBound(figureName, ms, givenUpFromMs) ? '≥ ' : ''}${latency(ms)}`;
}

/** A margin, with its sign always. */
export function signed(value: number | null, unit: MetricUnit): string {
  if (value === null) return nothing;
  if (unit === '' && value === 0) return '';
  const text = unit === '%' ? `${figure(Math.abs(value))} points` : inUnit(Math.abs(value), unit);
  return `${value < 0 ? '-' : '+'}${text}`;
}
