import type {
  ComparedSide,
  Comparison,
  ComparisonReport,
  ComparisonRow,
} from '../../loadtest/internal.ts';
import { nextStep } from './words.ts';

/** Version of the comparison's JSON. It rises when a key changes its meaning or goes. */
export const comparisonSchemaVersion = 1;

/** A comparison as JSON. Changes are percent, or points where `unit` is `%`; `null` is a change of any size. */
export function renderComparisonJson(report: ComparisonReport): string {
  const value = {
    schema_version: comparisonSchemaVersion,
    answer: report.answer.replaceAll(' ', '_'),
    missing: report.missing,
    comparisons: report.comparisons.map(comparisonJson),
  };
  return JSON.stringify(value, null, 2);
}

function comparisonJson(comparison: Comparison): object {
  const { thresholds } = comparison;
  return {
    scenario: comparison.name ?? null,
    answer: comparison.answer.replaceAll(' ', '_'),
    reasons: comparison.reasons,
    method: comparison.method,
    run_scatter:
      comparison.scatter === undefined
        ? null
        : { source: comparison.scatter.source, runs: comparison.scatter.runs },
    forced: comparison.forced,
    base: sideJson(comparison.base),
    new: sideJson(comparison.new),
    thresholds: {
      performance_percent: thresholds.performance,
      success_rate_points: thresholds.successRate,
      hit_rate_points: thresholds.hitRate,
      memory_percent: thresholds.memory,
    },
    differences: comparison.differences.map(({ what, base, other, otherLabel }) => ({
      what,
      base,
      other,
      other_run: otherLabel,
    })),
    unfit: comparison.unfit.map(({ label, reason }) => ({ run: label, reason })),
    rows: comparison.rows.map(rowJson),
    next: nextStep(comparison) ?? null,
  };
}

function sideJson({ runs, windows, operations, commits }: ComparedSide): object {
  return { runs, windows, operations, commits };
}

function rowJson(row: ComparisonRow): object {
  return {
    metric: row.metric.name,
    unit: row.metric.unit,
    better: row.metric.better,
    family: row.metric.family,
    base: row.base,
    new: row.new,
    change: orNull(row.change),
    change_unit: row.metric.measure === 'points' ? 'points' : 'percent',
    interval: [orNull(row.low), orNull(row.high)],
    p_value: row.pValue,
    threshold: row.threshold,
    smallest_detectable: orNull(row.detectable),
    verdict: row.verdict.replaceAll(' ', '_'),
  };
}

/** JSON has no infinity. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
