import type { Measurement } from '../measurement.ts';
import { targetOperations } from '../metrics/target-operations.ts';
import type { FailedSpan } from './failed-spans.ts';
import { rowVerdicts, type VerdictRow } from './judge-rows.ts';
import type { Measures } from './measures.ts';
import { verdictMetrics } from './verdict-metrics.ts';

/** A row that the generator or the machine may have decided. */
export interface TurnedRow {
  readonly row: VerdictRow;
  /** What it is without the seconds in which they failed; `undefined` where that can't be known. */
  readonly without: VerdictRow['verdict'] | undefined;
}

/** With fewer operations than this, a row that is worse without some of them is so by chance. */
const operationsLeast = 1000;

/**
 * The rows whose status is another without the failed seconds.
 * @param operations how many there were outside of them.
 */
export function turnedRows(
  rows: readonly VerdictRow[],
  without: readonly VerdictRow[],
  operations: number,
): TurnedRow[] {
  return rows.flatMap((row): TurnedRow[] => {
    const other = without.find(({ metric }) => metric === row.metric)?.verdict;
    // A figure that passes in spite of what the generator added to it passes.
    if (row.verdict === other || (row.verdict === 'PASS' && other === undefined)) return [];
    // What the generator does changes no answer of the target.
    if (verdictMetrics[row.metric].subject === 'hit_rate') return [];
    const isWorse =
      other !== undefined && rowVerdicts.indexOf(other) > rowVerdicts.indexOf(row.verdict);
    if (isWorse && operations < operationsLeast) return [];
    return [{ row, without: other }];
  });
}

/** Less of the run than this says nothing about the rest. */
const keptShareLeast = 0.2;
/** With a worker less the load is another: as much must have been measured with all of them. */
const keptShareOfLostLeast = 0.5;

/** Whether enough of the sending lies outside of the failed seconds to be judged alone. */
export function isEnough(measurement: Measurement, kept: Measurement): boolean {
  return kept.totals.total > 0 && kept.sendingMs >= keptShareLeast * measurement.sendingMs;
}

/** Whether a lost worker leaves too little of the run as it was meant to be. */
export function isMostlyLost(measurement: Measurement, spans: readonly FailedSpan[]): boolean {
  const lostFromMs = spans
    .filter(({ cause }) => cause === 'workers')
    .reduce((first, { fromMs }) => Math.min(first, fromMs), Number.POSITIVE_INFINITY);
  const { sendingFromMs, sendingMs } = measurement;
  return lostFromMs < sendingFromMs + keptShareOfLostLeast * sendingMs;
}

/**
 * The best that the target can have done, where the generator failed in nearly every second: a
 * stall made each operation longer by at most its own length, and may have made others time out.
 * Where the machine's CPU was taken, its effect has no bound.
 */
export function bestMeasuresOf(
  measures: Measures,
  measurement: Measurement,
  spans: readonly FailedSpan[],
): Measures {
  const isBounded = spans.every(({ stallMs }) => stallMs !== undefined);
  const longest = spans.reduce((most, { stallMs = 0 }) => Math.max(most, stallMs), 0);
  const less = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : isBounded ? Math.max(0, ms - longest) : 0;
  const stalledMs = spans.reduce((sum, { stallMs = 0 }) => sum + stallMs, 0);
  const { totals, sendingMs } = measurement;
  const others = targetOperations(totals, totals.failures).total - totals.failures.timeout;
  const percent = (part: number): number | undefined =>
    others > 0 ? (100 * part) / others : undefined;
  const { throughput_ops_per_sec: throughput = 0 } = measures;
  return {
    ...measures,
    success_rate_percent: percent(totals.successful),
    error_rate_percent: percent(others - totals.successful),
    throughput_ops_per_sec:
      throughput === 0
        ? throughput
        : isBounded && stalledMs < sendingMs
          ? (throughput * sendingMs) / (sendingMs - stalledMs)
          : Number.MAX_VALUE,
    avg_ms: less(measures.avg_ms),
    p50_ms: less(measures.p50_ms),
    p90_ms: less(measures.p90_ms),
    p95_ms: less(measures.p95_ms),
    p99_ms: less(measures.p99_ms),
    p999_ms: less(measures.p999_ms),
    max_ms: less(measures.max_ms),
    longest_silence_ms: less(measures.longest_silence_ms),
  };
}
