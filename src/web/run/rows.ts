import {
  type Criteria,
  defaultCriteria,
  judgeRows,
  type Measures,
  type Progress,
  percentOf,
  type ResolvedConfig,
  type RunResult,
  targetOperationsSoFar,
} from '../../loadtest/internal.ts';
import { inUnit, measuredText, signed } from '../../report/index.ts';
import type { ScenarioRow } from './state.ts';

/** The verdict's rows as they would be if the run ended now. */
export function rowsSoFar(
  progress: Progress,
  config: ResolvedConfig,
  criteria: Criteria = defaultCriteria,
): ScenarioRow[] {
  return judgeRows(measuresSoFar(progress), criteria, config).map((row) => {
    const measured = row.measured ?? null;
    const isKnown = measured !== null && progress.operations > 0;
    return {
      label: row.label,
      requirement: row.requirement,
      measured: isKnown ? inUnit(measured, row.unit) : '–',
      margin: isKnown ? signed(row.margin ?? null, row.unit) : '',
      verdict: isKnown ? row.verdict : undefined,
    };
  });
}

/** The rows as the run's end judged them. */
export function finalRows({ verdict }: RunResult): ScenarioRow[] {
  return verdict.rows.map((row) => ({
    label: row.label,
    requirement: row.requirement,
    measured: measuredText(row),
    margin: signed(row.margin, row.unit),
    verdict: row.verdict,
  }));
}

function measuresSoFar(progress: Progress): Measures {
  const { successful, failures, hits, misses } = progress;
  const ofTarget = targetOperationsSoFar(progress);
  return {
    success_rate_percent: percentOf(successful, ofTarget.total),
    error_rate_percent: percentOf(ofTarget.failed, ofTarget.total),
    throughput_ops_per_sec: progress.throughputOpsPerSec,
    avg_ms: progress.avgMs,
    p50_ms: progress.p50Ms,
    p95_ms: progress.p95Ms,
    p99_ms: progress.p99Ms,
    hit_rate_percent: percentOf(hits, hits + misses),
    integrity_and_lost: (failures.integrity ?? 0) + (failures.lost ?? 0),
    // Known at the end only.
    p90_ms: undefined,
    p999_ms: undefined,
    max_ms: undefined,
    longest_silence_ms: undefined,
    given_up_from_ms: undefined,
  };
}
