import type { Measurement, Window } from '../measurement.ts';
import { type BucketCounts, usOfBucket } from '../metrics/latency-counts.ts';
import { judgedSeries, mergeSeries } from '../metrics/merge-series.ts';
import { meanWait } from '../statistics/erlang.ts';
import { type Cut, overlapMs } from './cut.ts';

/** How the connections of an open loop were used, and for whom operations waited. */
export interface ConnectionWaits {
  /** Share of the time in which operations waited because all connections were busy. */
  readonly allBusyShare: number;
  /** What made them wait; `none`: hardly any did. */
  readonly cause: 'none' | 'connections' | 'target' | 'generator';
  /** Mean time for which an operation holds its connection while the target keeps its pace. */
  readonly pacedMs: number | undefined;
  /** Connections that the operations needed at once at that pace, in the busiest window. */
  readonly needed: number | undefined;
  /** Where the connections were the limit: the windows that say nothing of the target. */
  readonly limited: readonly Window[];
}

type Run = Pick<Measurement, 'connections' | 'parts' | 'sendingMs' | 'windows'> & {
  readonly generator: Pick<Measurement['generator'], 'workers'>;
};

const unused: ConnectionWaits = {
  allBusyShare: 0,
  cause: 'none',
  pacedMs: undefined,
  needed: undefined,
  limited: [],
};

/**
 * Open loop: for whom operations waited. A target that slows down, stalls or is overloaded keeps its
 * connections busy until all are, and so does a bound that is too low; only then more connections
 * would have helped. So the wait that was measured is compared with the one that there would have been if the
 * target had kept its pace all the time: by Little's law (Operations Research 9, 1961) operations
 * then hold rate times pace connections at once, what is due beyond that queues up, and where it is
 * nearly all of them, chance makes a queue (Erlang 1917). The connections were the limit where that
 * explains half of the wait.
 *
 * The pace is that of the quickest windows, so that a time in which the target was slow does not count; a target
 * that was quicker while most connections were idle has no such windows.
 * @param late the time in which the generator itself was late: what waited then waited for it.
 */
export function connectionWaitsOf(run: Run, late: Cut = []): ConnectionWaits {
  const { most, allBusyMs } = run.connections;
  const allBusyShare =
    most === undefined || run.sendingMs <= 0 ? 0 : Math.min(1, allBusyMs / run.sendingMs);
  if (most === undefined || allBusyShare <= allBusyShareMax) return { ...unused, allBusyShare };
  const onTime = run.windows.filter(({ startMs, endMs }) => overlapMs(late, startMs, endMs) === 0);
  if (late.length > 0 && !hadAllBusy(onTime)) {
    return { ...unused, allBusyShare, cause: 'generator' };
  }
  const paced = pacedWindows(onTime);
  const service = mergeSeries(paced, ['service']);
  if (service === undefined) return { ...unused, allBusyShare, cause: 'target' };
  const pacedMs = service.mean / 1000;
  const needed = paced.reduce((top, window) => Math.max(top, needOf(window, pacedMs)), 0);
  const isLimit =
    !wasQuickerWhenIdle(run, service.getValueAtPercentile(50)) &&
    waitAtPace(onTime, pacedMs, most, run.generator.workers) >= explainedLeast * waitOf(onTime);
  return {
    allBusyShare,
    cause: isLimit ? 'connections' : 'target',
    pacedMs,
    needed,
    limited: isLimit ? paced.filter((window) => hadAllBusy([window])) : [],
  };
}

/** Whether operations waited for a connection for more than a moment of some windows. */
export function hadAllBusy(windows: readonly Window[]): boolean {
  const beyondMs = windows.reduce(
    (sum, { allBusyMs = 0, startMs, endMs }) =>
      sum + allBusyMs - allBusyShareMax * (endMs - startMs),
    0,
  );
  return beyondMs > 0;
}

/** Those whose median is not far above that of the quickest quarter. */
function pacedWindows(windows: readonly Window[]): Window[] {
  const medians = windows.map(medianServiceUs);
  const some = medians.filter((us) => us < Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const quick = some[Math.floor(some.length / 4)] ?? 0;
  return windows.filter((_, index) => medians[index]! <= slowerFactor * quick);
}

const none: BucketCounts = new Uint32Array(0);

/** A histogram for each of thousands of windows would take seconds. */
function medianServiceUs({ bucketCounts, histograms }: Window): number {
  if (bucketCounts === undefined) {
    return histograms.service?.getValueAtPercentile(50) ?? Number.POSITIVE_INFINITY;
  }
  const counts = bucketCounts.service ?? none;
  let left = 0;
  for (let at = 1; at < counts.length; at += 2) left += counts[at]! / 2;
  for (let at = 0; at < counts.length; at += 2) {
    left -= counts[at + 1]!;
    if (left <= 0) return usOfBucket(counts[at]! + 1) - 1;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Whether the target slows down as it gets more to do: operations sent while few connections were in
 * use took less than half as long. They may be very few, so that of equally many as above the
 * median must be below it more often than by chance (sign test, one-sided, 5 %).
 */
function wasQuickerWhenIdle({ parts }: Run, pacedMedianUs: number): boolean {
  const calm = parts.calmService;
  if (calm === undefined) return false;
  if (slowerFactor * calm.getValueAtPercentile(50) >= pacedMedianUs) return false;
  const { totalCount: count } = calm;
  const belowLeast = Math.ceil(count / 2 + signTestErrors * Math.sqrt(count) + 0.5);
  if (belowLeast > count) return false;
  return calm.getValueAtPercentile((100 * belowLeast) / count) < pacedMedianUs;
}

/** The connections that a window's operations hold at once: rate times pace. */
function needOf({ due = 0, startMs, endMs }: Window, pacedMs: number): number {
  return endMs > startMs ? (due * pacedMs) / (endMs - startMs) : 0;
}

/** How long operations waited for a connection, all together, ms: from their due time, without the generator's lateness. */
function waitOf(windows: readonly Window[]): number {
  const sumMs = (...series: Parameters<typeof mergeSeries>[1]): number => {
    const merged = mergeSeries(windows, series);
    return merged === undefined ? 0 : (merged.mean * merged.totalCount) / 1000;
  };
  return Math.max(0, sumMs(...judgedSeries) - sumMs('service') - sumMs('send_lag'));
}

/** How long they would have waited if each had held its connection for as long as it does at the target's pace. */
function waitAtPace(
  windows: readonly Window[],
  pacedMs: number,
  most: number,
  workers: number,
): number {
  // Workers do not share their connections.
  const own = Math.max(1, Math.floor(most / workers));
  let backlog = 0;
  let waitMs = 0;
  for (const window of windows) {
    const need = needOf(window, pacedMs) / workers;
    const left = Math.max(0, backlog + (need - own) * (window.endMs - window.startMs));
    const queuedMs = (backlog + left) / 2 / own;
    const byChanceMs = meanWait(own, Math.min(need, fullShare * own), pacedMs);
    waitMs += (window.due ?? 0) * (queuedMs + byChanceMs);
    backlog = left;
  }
  return waitMs;
}

/** Less is a burst that the bound rounded off. */
const allBusyShareMax = 0.01;
/** A target that takes so many times as long has slowed down. */
const slowerFactor = 2;
/** 1.645 standard deviations of half and half. */
const signTestErrors = 0.82;
/** Connections that must explain so much of the wait to be the limit. */
const explainedLeast = 0.5;
/** Nearer to what the connections carry, a queue does not settle within a window: that is the backlog's part. */
const fullShare = 0.95;
