import type { Drift } from './drift.ts';
import { namesOf, type VerdictRow } from './judge-rows.ts';

/** A row for each figure whose rise is judged. */
export function driftRows(drift: readonly Drift[]): VerdictRow[] {
  return drift.filter(({ judged }) => judged).map(driftRow);
}

/** The row measures what is more than chance, so that what it prints and its verdict agree. */
function driftRow(drift: Drift): VerdictRow {
  const measured = drift.shape === 'none' ? 0 : drift.change;
  return {
    ...namesOf(`drift_${drift.metric}`),
    requirement: `< ${amount(drift.changeMax, drift.unit)}`,
    measured,
    margin: drift.changeMax - measured,
    verdict: drift.rises ? 'INVESTIGATE' : 'PASS',
    limits: { pass: drift.changeMax, fail: undefined },
  };
}

/** What a reader should know about a rise, whether it is a row of the verdict or not. */
export function driftNotes(drift: Drift): string[] {
  const { metric, change, changeMax, unit, rises, judged, shape, pValue } = drift;
  const what = metric === 'server_memory' ? "the server's memory" : 'the P95 latency';
  const size = amount(change, unit);
  if (rises && !judged) {
    return [`${what} rose by ${size} over the run, too short to judge drift`];
  }
  if (rises) return [`${what} ${riseText(drift)}`];
  if (judged && shape === 'none' && change > changeMax) {
    const chance = (100 * pValue).toFixed(0);
    return [`${what} seems to rise by ${size}, which chance explains (p = ${chance} %)`];
  }
  return [];
}

function riseText({ metric, unit, change, stepAtMs, spanMs }: Drift): string {
  const size = amount(change, unit);
  if (stepAtMs !== undefined) return `rose by ${size} at ${Math.round(stepAtMs / 1000)} s`;
  const perHour =
    metric === 'server_memory' ? `, ${amount((3_600_000 * change) / spanMs, unit)} per hour` : '';
  return `rose by ${size} in ${Math.round(spanMs / 1000)} s${perHour}`;
}

function amount(value: number, unit: Drift['unit']): string {
  return unit === 'bytes' ? `${(value / 1e6).toFixed(1)} MB` : `${value.toFixed(2)} ms`;
}
