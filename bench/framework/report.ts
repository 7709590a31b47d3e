import type { Machine } from './machine.ts';
import type { RowResult } from './summary.ts';

/** One run of the benchmarks: bench/results/latest.json, and the committed baseline.json. */
export interface BenchReport {
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly rows: readonly RowResult[];
}
