import type { Cache, LookupCounts } from '../../cache/index.ts';
import { memobuildVersion } from '../../core/index.ts';
import type { ServerStats, SpaceTotals, StatsSource } from '../../protocols/index.ts';
import { type CollectReports, totalCounters } from './collected-reports.ts';

/** Gathers what `/api/v1/stats` answers. */
export function createStats(cache: Cache, collect: CollectReports): StatsSource {
  return async (): Promise<ServerStats> => {
    const collected = await collect();
    const counters = totalCounters(collected);
    const ofSpace = (space: 'ac' | 'cas'): SpaceTotals =>
      withRate(sumLookups(counters.lookups.filter((row) => row.space === space)));
    return {
      software: { name: 'memobuild', version: memobuildVersion },
      uptimeMs: collected.uptimeMs,
      workersReplaced: collected.workersReplaced,
      lookups: counters.lookups.map(({ namespace, space, ...counts }) => ({
        namespace,
        space,
        ...withRate(counts),
      })),
      totals: { ac: ofSpace('ac'), cas: ofSpace('cas') },
      store: await cache.usage(),
      requests: counters.requests,
      processes: collected.processes.map(({ counters: _, ...process }) => process),
    };
  };
}

type Sums = Omit<LookupCounts, 'namespace' | 'space'>;

function sumLookups(rows: readonly Sums[]): Sums {
  const sums = { hits: 0, misses: 0, hitBytes: 0, writes: 0, writtenBytes: 0 };
  for (const row of rows) {
    sums.hits += row.hits;
    sums.misses += row.misses;
    sums.hitBytes += row.hitBytes;
    sums.writes += row.writes;
    sums.writtenBytes += row.writtenBytes;
  }
  return sums;
}

function withRate({ hits, misses, hitBytes, writes, writtenBytes }: Sums): SpaceTotals {
  const lookups = hits + misses;
  const hitRate = lookups === 0 ? null : hits / lookups;
  return { hits, misses, hitRate, hitBytes, writes, writtenBytes };
}
