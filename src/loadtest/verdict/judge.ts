import { messageOf } from '../../core/index.ts';
import type { ResolvedConfig } from '../config/config.ts';
import type { Measurement, Window } from '../measurement.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import { crowd } from '../metrics/silence.ts';
import { type Criteria, defaultCriteria } from './criteria.ts';
import { doubtOf } from './doubt.ts';
import { type Drift, driftsOf } from './drift.ts';
import { driftNotes, driftRows } from './drift-rows.ts';
import { generatorFailuresOf } from './failed-spans.ts';
import { type HealthCheck, judgeGenerator, sendLagLimitMs } from './generator-health.ts';
import { inFlightGrowthRow } from './in-flight-growth.ts';
import { isUnsafe, judgeRows, rowReason, rowVerdicts, type VerdictRow } from './judge-rows.ts';
import { type Measures, measuresOf } from './measures.ts';
import { intervalNotes, judgedIntervals, withIntervals } from './row-intervals.ts';

export const overallVerdicts = [
  ...rowVerdicts,
  'NO ANSWER',
  'VOID',
  'INCONCLUSIVE',
  'INTERRUPTED',
] as const;

/**
 * `VOID`: the generator or the machine invalidated the run, or there was nothing to judge. Only a series
 * has two more: `NO ANSWER`, its target was lost; `INCONCLUSIVE`, it ended before it had an answer.
 */
export type OverallVerdict = (typeof overallVerdicts)[number];

export interface Verdict {
  readonly verdict: OverallVerdict;
  /** Why it is that, one plain sentence each; none for PASS. */
  readonly reasons: readonly string[];
  /** What a reader should know besides. */
  readonly notes: readonly string[];
  readonly rows: readonly VerdictRow[];
  /** Those of the judged percentiles, criteria or not. */
  readonly intervals: ReturnType<typeof judgedIntervals>;
  readonly generator: readonly HealthCheck[];
  readonly drift: readonly Drift[];
}

/** Rows beside the criteria's, of some windows of a run. */
export type MoreRows = (windows: readonly Window[]) => readonly VerdictRow[];

/**
 * Judges a run. Precedence: wrong bytes or lost writes (FAIL), then interrupted, then VOID, then
 * the worst row. The run is VOID where a row is another without the seconds in which the generator
 * or the machine failed. Pure.
 * @param moreRows judged like the criteria's own.
 */
export function judge(
  measurement: Measurement,
  config: ResolvedConfig,
  criteria: Criteria = defaultCriteria,
  moreRows: MoreRows = () => [],
): Verdict {
  const measures = measuresOf(measurement);
  const drift = driftsOf(measurement);
  const growth = inFlightGrowthRow(measurement, config);
  const intervals = judgedIntervals(measurement);
  const rows = [
    ...withIntervals(judgeRows(measures, criteria, config), intervals),
    ...(growth === undefined ? [] : [growth]),
    ...moreRows(measurement.windows),
    ...driftRows(drift),
  ];
  const limitMs = sendLagLimitMs(measures.p99_ms);
  const { spans, waits } = generatorFailuresOf(measurement, config, limitMs);
  const doubt = doubtOf({ measurement, measures, rows, spans, config, criteria, moreRows });
  const generator = judgeGenerator(measurement, config, waits).map((check) =>
    doubt.causes.has(check.name) ? { ...check, status: 'void' as const } : check,
  );
  const notes = [
    ...generator.filter(({ status }) => status === 'note').map(({ text }) => text),
    ...doubt.notes,
    ...intervalNotes(rows),
    ...drift.flatMap(driftNotes),
    ...hitRateNote(measurement, config),
    ...sendingNote(measurement),
    ...silenceNote(measures, config, criteria),
  ];
  return {
    ...overall(measurement, rows, generator, doubt.reasons),
    notes,
    rows,
    intervals,
    generator,
    drift,
  };
}

/**
 * {@link judge}, for a run that took hours: where judging itself fails, what was measured is kept, and
 * the verdict is VOID and says so.
 */
export function judgeSafely(...run: Parameters<typeof judge>): Verdict {
  try {
    return judge(...run);
  } catch (error) {
    const reason = `the run could not be judged (${messageOf(error)}): its figures are kept`;
    return {
      verdict: 'VOID',
      reasons: [reason],
      notes: [],
      rows: [],
      intervals: {},
      generator: [],
      drift: [],
    };
  }
}

/** The worst of a suite's verdicts, by the same precedence; VOID for none at all. */
export function suiteVerdict(verdicts: readonly JudgedPart[]): OverallVerdict {
  if (verdicts.some(({ rows }) => rows.some(isUnsafe))) return 'FAIL';
  const order = [
    'INTERRUPTED',
    'FAIL',
    'NO ANSWER',
    'VOID',
    'INCONCLUSIVE',
    'INVESTIGATE',
    'PASS',
  ] as const;
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
  doubts: readonly string[],
): Pick<Verdict, 'verdict' | 'reasons'> {
  const failing = rows.filter(({ verdict }) => verdict === 'FAIL');
  if (failing.some(isUnsafe))
    return { verdict: 'FAIL', reasons: failing.toReversed().map(rowReason) };
  if (measurement.stopReason === 'interrupted') {
    return { verdict: 'INTERRUPTED', reasons: ['the run was interrupted before its end'] };
  }
  const voiding = generator.filter(({ status }) => status === 'void').map(({ text }) => text);
  if (measurement.totals.total === 0) voiding.push('no operation ended: there is nothing to judge');
  if (voiding.length > 0) return { verdict: 'VOID', reasons: [...voiding, ...doubts] };
  if (failing.length > 0) return { verdict: 'FAIL', reasons: failing.map(rowReason) };
  const unclear = rows.filter(({ verdict }) => verdict === 'INVESTIGATE');
  return {
    verdict: unclear.length > 0 ? 'INVESTIGATE' : 'PASS',
    reasons: unclear.map(rowReason),
  };
}

/** A few clients that wait for large artifacts are silent without any fault of the target. */
function silenceNote(
  { longest_silence_ms: silenceMs }: Measures,
  { numClients }: ResolvedConfig,
  { longest_silence_ms: limits }: Criteria,
): string[] {
  if (numClients >= crowd || limits === undefined) return [];
  if (silenceMs === undefined || silenceMs < limits.pass) return [];
  const seconds = (silenceMs / 1000).toFixed(1);
  return [
    `for ${seconds} s nothing was answered while operations were under way; with fewer than ${crowd} clients this is not judged`,
  ];
}

/**
 * Notes that the sending time was too short for a rate, so that throughput covers the whole run.
 */
function sendingNote({ sendingMs, durationMs, totals }: Measurement): string[] {
  if (!isTooShortForRate(sendingMs) || totals.total === 0) return [];
  return [
    `all clients were sending for only ${Math.round(sendingMs)} ms: throughput is that of all ${Math.round(durationMs)} ms of the run`,
  ];
}

/** Few lookups know a hit rate only roughly: two standard errors of a share. */
function hitRateNote({ totals }: Measurement, config: ResolvedConfig): string[] {
  const lookups = totals.hits + totals.misses;
  const target = config.cacheHitRatioTarget;
  if (lookups === 0 || target === 0) return [];
  const points = 200 * Math.sqrt((target * (1 - target)) / lookups);
  if (points < 5) return [];
  return [
    `${lookups} lookups measure the hit rate only to within ${points.toFixed(0)} points; more operations measure it more exactly`,
  ];
}
