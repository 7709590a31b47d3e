import { minOf } from '../../core/index.ts';
import type { LabelledRun } from '../comparison/comparability.ts';
import type { RunResult } from '../result/model/run.ts';
import type { VerdictResult } from '../result/model/verdict.ts';
import { bandOf, isUnsafe, rowReason, rowVerdicts } from '../verdict/judge-rows.ts';
import { isLowerBound } from '../verdict/measures.ts';
import {
  criterionMetrics,
  type VerdictMetric,
  verdictMetrics,
} from '../verdict/verdict-metrics.ts';

type Row = VerdictResult['rows'][number];

/** What can be measured again over all generators together. */
export type MergedFigures = Partial<Record<VerdictMetric, number | null>>;

/**
 * The verdict on several generators' runs as one. Rows whose figures can be recomputed are judged
 * again, by the limits that applied; of the others (drift, operations that pile up) the worst one
 * holds. A VOID or interrupted generator makes all of it so.
 */
export function mergeVerdicts(runs: readonly LabelledRun[], figures: MergedFigures): VerdictResult {
  const metrics = [...new Set(runs.flatMap(({ result }) => metricsOf(result)))];
  const rows = metrics.map((metric) => mergeRow(metric, runs, figures));
  const unjudged = unjudgedFirst.find((word) => runs.some((run) => verdictOf(run) === word));
  const bad = rows.filter(({ verdict }) => verdict !== 'PASS');
  // A merged row can be worse or better than each alone; a row that can't be judged alone can't be
  // judged together.
  const worst = rowVerdicts.findLast((word) => rows.some((row) => row.verdict === word))!;
  const verdict = rows.some(isUnsafe) ? 'FAIL' : (unjudged ?? worst);
  return {
    verdict,
    reasons:
      verdict === unjudged
        ? runs.filter((run) => verdictOf(run) === unjudged).flatMap(reasonsOf)
        : bad.map(({ is_lower_bound: isLowerBound, ...row }) =>
            rowReason({ ...row, isLowerBound }),
          ),
    notes: runs.flatMap(({ label, result }) =>
      result.verdict.notes.map((note) => `${label}: ${note}`),
    ),
    rows,
    drift: runs.flatMap(({ result }) => result.verdict.drift),
  };
}

/** Whether operations that were given up, at the time after which they were, are in a latency. */
function isBounded(
  metric: VerdictMetric,
  ms: number | null,
  runs: readonly LabelledRun[],
): boolean {
  if (verdictMetrics[metric].subject !== 'latency') return false;
  const from = runs.flatMap(({ result }) => result.latency.by_series.timeout?.min_ms ?? []);
  return from.length > 0 && isLowerBound(metric, ms, minOf(from));
}

/** In the order in which they decide. */
const unjudgedFirst = ['INTERRUPTED', 'VOID'] as const;

function verdictOf({ result }: LabelledRun): VerdictResult['verdict'] {
  return result.verdict.verdict;
}

function reasonsOf({ label, result }: LabelledRun): string[] {
  return result.verdict.reasons.map((reason) => `${label}: ${reason}`);
}

function metricsOf({ verdict }: RunResult): VerdictMetric[] {
  return verdict.rows.map(({ metric }) => metric);
}

function mergeRow(
  metric: VerdictMetric,
  runs: readonly LabelledRun[],
  figures: MergedFigures,
): Row {
  const rows = runs.flatMap(({ result }) =>
    result.verdict.rows.filter((row) => row.metric === metric),
  );
  const worst = rows.reduce((a, b) =>
    rowVerdicts.indexOf(b.verdict) > rowVerdicts.indexOf(a.verdict) ? b : a,
  );
  const measured = figures[metric];
  if (measured === undefined) return worst;
  const better = metric in criterionMetrics ? criterionMetrics[metric as 'p95_ms'].better : 'lower';
  const limits = { pass: worst.pass_limit, fail: worst.fail_limit ?? undefined };
  const isSafety = verdictMetrics[metric].subject === 'safety';
  const difference = measured === null ? null : measured - limits.pass;
  return {
    metric,
    label: worst.label,
    unit: worst.unit,
    requirement: worst.requirement,
    measured,
    ...(isBounded(metric, measured, runs) ? { is_lower_bound: true } : {}),
    margin: difference === null ? null : better === 'lower' ? 0 - difference : difference,
    verdict: isSafety
      ? (measured ?? 0) > 0
        ? 'FAIL'
        : 'PASS'
      : bandOf(measured ?? undefined, limits, better),
    pass_limit: worst.pass_limit,
    fail_limit: worst.fail_limit,
  };
}
