import type { Machine } from './machine.ts';
import type { RowResult } from './summary.ts';

/** Figures of the benchmarks: bench/results/latest.json, and the committed baseline.json. */
export interface BenchReport {
  readonly rows: readonly MeasuredRow[];
}

/** A row with all that one must know to believe it. Rows of one file may come from several runs. */
export interface MeasuredRow extends RowResult {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
}

/** The rows of `base`, those measured again replaced, new ones at the end. */
export function mergeReports(base: BenchReport, newer: BenchReport): BenchReport {
  const again = new Map(newer.rows.map((row) => [row.name, row]));
  const kept = base.rows.map((row) => again.get(row.name) ?? row);
  const known = new Set(base.rows.map(({ name }) => name));
  return { rows: [...kept, ...newer.rows.filter(({ name }) => !known.has(name))] };
}
