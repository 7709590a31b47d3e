import type { Window } from '../../measurement.ts';
import { mergeSeries, summarizeLatency } from '../../metrics/merge-series.ts';
import { namesOf, type VerdictRow } from '../../verdict/judge-rows.ts';

/**
 * The rate at which operations ended while they were sent, at most the rate that was asked for. What
 * was under way then is not missing, as far as it was being served: by Little's law that is the rate
 * times the mean time of service. What waited besides is.
 * @param sentMs how long operations were sent; windows that end later are not looked at.
 * @returns `undefined` where no window ended meanwhile.
 */
export function rateReached(
  windows: readonly Window[],
  rate: number,
  sentMs: number,
): number | undefined {
  const during = windows.filter(({ endMs }) => endMs <= sentMs + 1);
  const untilMs = during.at(-1)?.endMs;
  if (untilMs === undefined || untilMs <= 0) return undefined;
  const ended = during.reduce((sum, { counts }) => sum + counts.total - counts.failures.dropped, 0);
  const due = (rate * untilMs) / 1000;
  const service = summarizeLatency(mergeSeries(during, ['service']))?.avgMs ?? 0;
  const served = Math.min(Math.max(0, due - ended), 1 + (rate * service) / 1000);
  return Math.min(rate, ((ended + served) * 1000) / untilMs);
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
