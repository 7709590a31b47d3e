import type { LookupCounts } from '../../core/index.ts';
import type { Point } from '../shared/points.ts';
import type { HitFigures, NamespaceFigures, ServerNow, ServerSample } from './state.ts';

/** What happened between two samples, as the charts take it. */
export function serverPoint(before: ServerSample, after: ServerSample): Point {
  const seconds = (after.atMs - before.atMs) / 1000;
  const perSec = (read: (sample: ServerSample) => number): number =>
    seconds > 0 ? Math.max(0, read(after) - read(before)) / seconds : 0;
  const percentile = percentilesBetween(before, after);
  return [
    after.atMs,
    rateBetween(before, after, 'ac'),
    rateBetween(before, after, 'cas'),
    perSec(answersOf),
    perSec(failuresOf),
    percentile(0.5),
    percentile(0.95),
    percentile(0.99),
    after.store?.sizeBytes ?? null,
    after.store?.entries ?? null,
    perSec(({ store }) => store?.evictedEntries ?? 0),
    sumOf(after.processes, ({ privateBytes }) => privateBytes),
    coresBetween(before, after),
  ];
}

/** The figures of now. @param minuteAgo a sample about a minute old, or the oldest there is. */
export function serverNow(
  minuteAgo: ServerSample,
  before: ServerSample,
  after: ServerSample,
): ServerNow {
  const percentile = percentilesBetween(minuteAgo, after);
  const [, , , requestsPerSec] = serverPoint(before, after);
  const namespaces = namespacesOf(after.lookups);
  const cpuBefore = new Map(before.processes.map(({ pid, cpuMs }) => [pid, cpuMs]));
  return {
    uptimeMs: after.uptimeMs,
    health: after.health,
    ac: hitsOf(minuteAgo, after, 'ac'),
    cas: hitsOf(minuteAgo, after, 'cas'),
    requests: answersOf(after),
    requestsPerSec: requestsPerSec ?? 0,
    failedPerMinute: failuresOf(after) - failuresOf(minuteAgo),
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    store: after.store ?? null,
    evictedPerMinute: (after.store?.evictedEntries ?? 0) - (minuteAgo.store?.evictedEntries ?? 0),
    workersReplaced: after.workersReplaced,
    connectionsOpen: sumOf(after.processes, ({ connectionsOpen }) => connectionsOpen),
    requestsInFlight: sumOf(after.processes, ({ requestsInFlight }) => requestsInFlight),
    namespaces: namespaces.slice(0, namespacesMax),
    namespacesLeftOut: Math.max(0, namespaces.length - namespacesMax),
    processes: after.processes.map((process) => {
      const cpuMs = cpuBefore.get(process.pid);
      const elapsedMs = after.atMs - before.atMs;
      const isKnown = cpuMs !== undefined && elapsedMs > 0;
      return { ...process, cpuCores: isKnown ? (process.cpuMs - cpuMs) / elapsedMs : null };
    }),
  };
}

const namespacesMax = 10;

function answersOf({ answers }: ServerSample): number {
  return sumOf(answers, ({ count }) => count);
}

/** Answers that say that the server failed. A 404 is a miss. */
function failuresOf({ answers }: ServerSample): number {
  return sumOf(answers, ({ status, count }) => (status >= 500 ? count : 0));
}

/** Those that lived through it all: a process that came or went would make a leap of it. */
function coresBetween(before: ServerSample, after: ServerSample): number | null {
  const elapsedMs = after.atMs - before.atMs;
  if (elapsedMs <= 0) return null;
  const was = new Map(before.processes.map(({ pid, cpuMs }) => [pid, cpuMs]));
  const usedMs = sumOf(after.processes, ({ pid, cpuMs }) => cpuMs - (was.get(pid) ?? cpuMs));
  return usedMs / elapsedMs;
}

function hitsOf(minuteAgo: ServerSample, after: ServerSample, space: 'ac' | 'cas'): HitFigures {
  const { hits, misses } = lookupsOf(after, space);
  return {
    lookups: hits + misses,
    hitRatePercent: shareOf(hits, misses),
    minuteHitRatePercent: rateBetween(minuteAgo, after, space),
  };
}

function rateBetween(
  before: ServerSample,
  after: ServerSample,
  space: 'ac' | 'cas',
): number | null {
  const [was, is] = [lookupsOf(before, space), lookupsOf(after, space)];
  return shareOf(is.hits - was.hits, is.misses - was.misses);
}

function lookupsOf(
  { lookups }: ServerSample,
  space: 'ac' | 'cas',
): { hits: number; misses: number } {
  const rows = lookups.filter((row) => row.space === space);
  return { hits: sumOf(rows, ({ hits }) => hits), misses: sumOf(rows, ({ misses }) => misses) };
}

function shareOf(hits: number, misses: number): number | null {
  return hits + misses <= 0 ? null : (100 * hits) / (hits + misses);
}

function namespacesOf(lookups: readonly LookupCounts[]): NamespaceFigures[] {
  const byName = new Map<string, LookupCounts[]>();
  for (const row of lookups) byName.set(row.namespace, [...(byName.get(row.namespace) ?? []), row]);
  return [...byName]
    .map(([namespace, rows]): NamespaceFigures => {
      const rate = (space: 'ac' | 'cas'): number | null => {
        const row = rows.find((candidate) => candidate.space === space);
        return row === undefined ? null : shareOf(row.hits, row.misses);
      };
      return {
        namespace,
        lookups: sumOf(rows, ({ hits, misses }) => hits + misses),
        acHitRatePercent: rate('ac'),
        casHitRatePercent: rate('cas'),
        readBytes: sumOf(rows, ({ hitBytes }) => hitBytes),
        writtenBytes: sumOf(rows, ({ writtenBytes }) => writtenBytes),
      };
    })
    .sort((a, b) => b.lookups - a.lookups);
}

/**
 * Percentiles of what was answered between two samples, at the resolution of a histogram with few
 * buckets: evenly spread within a bucket, as Prometheus' histogram_quantile has it.
 */
function percentilesBetween(
  before: ServerSample,
  after: ServerSample,
): (share: number) => number | null {
  const { boundsMs, counts } = after.latency;
  const fresh = counts.map((count, bucket) => count - (before.latency.counts[bucket] ?? 0));
  const total = sumOf(fresh, (count) => count);
  return (share) => {
    if (total <= 0) return null;
    const rank = share * total;
    let seen = 0;
    for (const [bucket, count] of fresh.entries()) {
      if (seen + count < rank || count === 0) {
        seen += count;
        continue;
      }
      const low = boundsMs[bucket - 1] ?? 0;
      const high = boundsMs[bucket];
      return high === undefined ? low : low + ((high - low) * (rank - seen)) / count;
    }
    return boundsMs.at(-1) ?? null;
  };
}

function sumOf<T>(rows: readonly T[], read: (row: T) => number): number {
  return rows.reduce((sum, row) => sum + read(row), 0);
}
