import type { Cache } from '../../cache/index.ts';
import { type LookupSums, memobuildVersion, sumLookups } from '../../core/index.ts';
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
      lookups: counters.lookups.map((row) => ({
        namespace: row.namespace,
        space: row.space,
        ...withRate(row),
      })),
      totals: { ac: ofSpace('ac'), cas: ofSpace('cas') },
      store: await cache.usage(),
      requests: counters.requests,
      processes: collected.processes.map(({ counters: _, ...process }) => process),
    };
  };
}

function withRate({ hits, misses, hitBytes, writes, writtenBytes }: LookupSums): SpaceTotals {
  const lookups = hits + misses;
  const hitRate = lookups === 0 ? null : hits / lookups;
  return { hits, misses, hitRate, hitBytes, writes, writtenBytes };
}
