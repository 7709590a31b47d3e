import type { Machine } from './machine.ts';
import type { Metric, Sample } from './row.ts';
import type { RowResult, SummarizedComparison } from './summary.ts';

/** Figures of the benchmarks: bench/results/latest.json, and the committed baseline.json. */
export interface BenchReport {
  readonly rows: readonly MeasuredRow[];
}

/**
 * What is kept of a row: medians over its rounds, and all that one must know to believe them. Rows
 * of one file may come from several runs.
 */
export interface MeasuredRow
  extends Pick<RowResult, 'name' | 'title' | 'target' | 'columns' | 'notes'> {
  readonly contenders: readonly MeasuredContender[];
  readonly comparisons: readonly MeasuredComparison[];
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
}

export interface MeasuredContender {
  readonly name: string;
  readonly medians: Sample;
  /** Largest less smallest, relative to the median, of the metric in the first column. */
  readonly spread: Sample;
}

export interface MeasuredComparison extends Omit<SummarizedComparison, 'byRound'> {
  /** The lowest and the highest of the rounds; null where nothing was measured. */
  readonly range: readonly [low: number, high: number] | null;
}

/** What is kept of a result: figures of the row's columns, to nine digits. */
export function keepMedians(
  row: RowResult,
  { machine, rounds, seconds }: Pick<MeasuredRow, 'machine' | 'rounds' | 'seconds'>,
): MeasuredRow {
  const { name, title, target, columns, notes } = row;
  const contenders = row.contenders.map((contender) => ({
    name: contender.name,
    medians: pick(contender.medians, columns),
    spread: pick(contender.spread, columns.slice(0, 1)),
  }));
  const comparisons = row.comparisons.map(({ byRound, value, ...comparison }) => ({
    ...comparison,
    value: value === null ? null : rounded(value),
    range:
      byRound.length === 0
        ? null
        : ([rounded(Math.min(...byRound)), rounded(Math.max(...byRound))] as const),
  }));
  return { name, title, target, columns, contenders, comparisons, notes, machine, rounds, seconds };
}

/** A report as text, a line for each row, so that a change of one row is a change of one line. */
export function formatReport({ rows }: BenchReport): string {
  return `{ "rows": [\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n] }\n`;
}

/** The rows of `base`, those measured again replaced, new ones at the end. */
export function mergeReports(base: BenchReport, newer: BenchReport): BenchReport {
  const again = new Map(newer.rows.map((row) => [row.name, row]));
  const kept = base.rows.map((row) => again.get(row.name) ?? row);
  const known = new Set(base.rows.map(({ name }) => name));
  return { rows: [...kept, ...newer.rows.filter(({ name }) => !known.has(name))] };
}

function pick(sample: Sample, metrics: readonly Metric[]): Sample {
  return Object.fromEntries(
    metrics.flatMap((metric) => {
      const value = sample[metric];
      return value === undefined ? [] : [[metric, rounded(value)]];
    }),
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(9));
}
