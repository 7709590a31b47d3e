import type { Window } from '../../measurement.ts';
import { mergeSeries, summarizeLatency } from '../../metrics/merge-series.ts';
import { targetOperations } from '../../metrics/target-operations.ts';
import { namesOf, type VerdictRow } from '../../verdict/judge-rows.ts';

/**
 * The rate at which operations ended while they were sent, at most the target rate. What was under
 * way at the end is not missing as far as it was being served: by Little's law (J. D. C. Little,
 * Operations Research 9, 1961) that is the rate times the mean time of service. That time is taken
 * from the first third, before a backlog has grown: a target that is too slow keeps what waits
 * inside, and its time of service grows with it. What waits is missing.
 * @param sentMs how long operations were sent; windows that end later are ignored.
 * @returns `undefined` where no window ended meanwhile.
 */
export function rateReached(
  windows: readonly Window[],
  rate: number,
  sentMs: number,
): number | undefined {
  const during = windows.filter(({ endMs }) => endMs <= sentMs + 1);
  const untilMs = during.at(-1)?.endMs ?? 0;
  // Windows in which the generator failed may be left out.
  const lengthMs = during.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  if (lengthMs <= 0) return undefined;
  const ended = during.reduce(
    (sum, { counts }) =>
      sum + targetOperations(counts, counts.failures).total - counts.failures.dropped,
    0,
  );
  const came = during.reduce((sum, { due }) => sum + (due ?? 0), 0);
  const due = during.some((window) => window.due !== undefined) ? came : (rate * lengthMs) / 1000;
  const early = during.filter(({ endMs }) => endMs <= untilMs / 3 + 1);
  const serviceMs = meanServiceMs(early) ?? meanServiceMs(during) ?? 0;
  const served = Math.min(Math.max(0, due - ended), Math.ceil((rate * serviceMs) / 1000));
  // At random, some more or some fewer have come than the rate says.
  return due === 0 ? 0 : Math.min(rate, (rate * (ended + served)) / due);
}

function meanServiceMs(windows: readonly Window[]): number | undefined {
  return summarizeLatency(mergeSeries(windows, ['service']))?.avgMs;
}

/** Whether the rate was kept: above 99 % of it, below 90 % never. */
export function rateKeptRow(reached: number | undefined, rate: number): VerdictRow {
  const limits = { pass: passShare * rate, fail: failShare * rate };
  const measured = reached ?? 0;
  return {
    ...namesOf('rate_reached_ops_per_sec'),
    requirement: `> ${limits.pass.toLocaleString('en', { maximumFractionDigits: 2 })} ops/s`,
    measured: reached,
    margin: measured - limits.pass,
    verdict: measured > limits.pass ? 'PASS' : measured >= limits.fail ? 'INVESTIGATE' : 'FAIL',
    limits,
  };
}

const passShare = 0.99;
const failShare = 0.9;
