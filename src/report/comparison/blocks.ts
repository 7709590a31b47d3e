import type { Comparison, ComparisonReport, ComparisonRow } from '../../loadtest/internal.ts';
import { comparisonCells, describeMethod, describeSides, nextStep, obstacles } from './words.ts';

/** What a comparison says, in the order of a page; each format decides only how it looks. */
export interface ComparisonBlocks {
  readonly sides: string;
  readonly method: string;
  /** Why the figures may mislead, where `--force` overlooked differences. No full stop. */
  readonly forced: string | undefined;
  /** What keeps the runs from being compared, or was overlooked. */
  readonly obstacles: readonly string[];
  readonly rows: readonly RowBlock[];
  readonly reasons: readonly string[];
  readonly next: string | undefined;
}

export interface RowBlock {
  /** All cells but the verdict. */
  readonly figures: readonly string[];
  readonly verdict: ComparisonRow['verdict'];
}

export function blocksOf(comparison: Comparison): ComparisonBlocks {
  const { rows, reasons, forced } = comparison;
  return {
    sides: describeSides(comparison),
    method: describeMethod(comparison),
    forced: forced
      ? 'the configurations of these runs differ, so the figures may mean little'
      : undefined,
    obstacles: obstacles(comparison),
    rows: rows.map((row) => ({ figures: comparisonCells(row), verdict: row.verdict })),
    reasons,
    next: nextStep(comparison),
  };
}

/** One line for each run that only one side has. */
export function missingRuns({ missing }: ComparisonReport): string[] {
  return missing.map(({ scenario, side }) => `${scenario}: ${side} has no such run`);
}
