import type { ResolvedConfig } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import { type Criteria, defaultCriteria } from './criteria.ts';
import { type Drift, driftsOf } from './drift.ts';
import { type HealthCheck, judgeGenerator } from './generator-health.ts';
import { inFlightGrowthRow } from './in-flight-growth.ts';
import { isUnsafe, judgeRows, namesOf, rowVerdicts, type VerdictRow } from './judge-rows.ts';
import { measuresOf, sentMsOf } from './measures.ts';

export const overallVerdicts = [...rowVerdicts, 'VOID', 'INTERRUPTED'] as const;

/** `VOID`: the generator or the machine spoiled the run, or there was nothing to judge. */
export type OverallVerdict = (typeof overallVerdicts)[number];

export interface Verdict {
  readonly verdict: OverallVerdict;
  /** Why it is that, one plain sentence each; none for PASS. */
  readonly reasons: readonly string[];
  /** What a reader should know besides. */
  readonly notes: readonly string[];
  readonly rows: readonly VerdictRow[];
  readonly generator: readonly HealthCheck[];
  readonly drift: readonly Drift[];
}

/**
 * Judges a run. Precedence: wrong bytes or lost writes (FAIL), then interrupted, then VOID, then
 * the worst row. Pure.
 * @param moreRows judged like the criteria's own.
 */
export function judge(
  measurement: Measurement,
  config: ResolvedConfig,
  criteria: Criteria = defaultCriteria,
  moreRows: readonly VerdictRow[] = [],
): Verdict {
  const measures = measuresOf(measurement);
  const generator = judgeGenerator(measurement, config);
  const drift = driftsOf(measurement, sentMsOf(measurement, config));
  const growth = inFlightGrowthRow(measurement, config);
  const rows = [
    ...judgeRows(measures, criteria, config),
    ...(growth === undefined ? [] : [growth]),
    ...moreRows,
    ...drift.filter(({ judged }) => judged).map(driftRow),
  ];
  const notes = [
    ...generator.filter(({ status }) => status === 'note').map(({ text }) => text),
    ...drift.flatMap(driftNotes),
    ...hitRateNote(measurement, config),
  ];
  return { ...overall(measurement, rows, generator), notes, rows, generator, drift };
}

/** The worst of a suite's verdicts, by the same precedence; VOID for none at all. */
export function suiteVerdict(verdicts: readonly JudgedPart[]): OverallVerdict {
  if (verdicts.some(({ rows }) => rows.some(isUnsafe))) return 'FAIL';
  const order = ['INTERRUPTED', 'FAIL', 'VOID', 'INVESTIGATE', 'PASS'] as const;
  return order.find((word) => verdicts.some(({ verdict }) => verdict === word)) ?? 'VOID';
}

/** What a suite's verdict needs of each run's; a result file's verdict has it too. */
export interface JudgedPart {
  readonly verdict: OverallVerdict;
  readonly rows: readonly Pick<VerdictRow, 'metric' | 'verdict'>[];
}

function overall(
  measurement: Measurement,
  rows: readonly VerdictRow[],
  generator: readonly HealthCheck[],
): Pick<Verdict, 'verdict' | 'reasons'> {
  const failing = rows.filter(({ verdict }) => verdict === 'FAIL');
  if (failing.some(isUnsafe))
    return { verdict: 'FAIL', reasons: failing.toReversed().map(reasonOf) };
  if (measurement.stopReason === 'interrupted') {
    return { verdict: 'INTERRUPTED', reasons: ['the run was interrupted before its end'] };
  }
  const spoilt = generator.filter(({ status }) => status === 'spoilt').map(({ text }) => text);
  if (measurement.totals.total === 0) spoilt.push('no operation ended: there is nothing to judge');
  if (spoilt.length > 0) return { verdict: 'VOID', reasons: spoilt };
  if (failing.length > 0) return { verdict: 'FAIL', reasons: failing.map(reasonOf) };
  const unclear = rows.filter(({ verdict }) => verdict === 'INVESTIGATE');
  return {
    verdict: unclear.length > 0 ? 'INVESTIGATE' : 'PASS',
    reasons: unclear.map(reasonOf),
  };
}

function reasonOf({ label, unit, measured, requirement }: VerdictRow): string {
  if (measured === undefined) return `${label}: nothing to measure, required ${requirement}`;
  const value = measured.toLocaleString('en', { maximumFractionDigits: 2 });
  return `${label}: ${value}${unit === '' ? '' : ` ${unit}`}, required ${requirement}`;
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

function driftNotes(drift: Drift): string[] {
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

/** Few lookups know a hit rate only roughly: two standard errors of a share. */
function hitRateNote({ totals }: Measurement, config: ResolvedConfig): string[] {
  const lookups = totals.hits + totals.misses;
  const target = config.cacheHitRatioTarget;
  if (lookups === 0 || target === 0) return [];
  const points = 200 * Math.sqrt((target * (1 - target)) / lookups);
  if (points < 5) return [];
  return [
    `${lookups} lookups measure the hit rate only to ${points.toFixed(0)} points; more operations measure it more exactly`,
  ];
}
