import { memobuildVersion } from '../../../core/index.ts';
import { durationBoundsMs, type Primary, type ServerOverview } from '../../../server/index.ts';
import { ServerFeed, type ServerSample, startPageServer } from '../../../web/index.ts';

/**
 * Serves the dashboard of a server on the loopback. It asks the server's processes from within, so
 * it needs no token, and it shows sums and names of namespaces only: no key, no body, no credential.
 * @throws {PageServerError} where the port can't be had.
 */
export async function openServeDashboard(
  port: number,
  primary: Primary,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const feed = new ServerFeed(async () => sampleOf(await primary.overview()));
  const server = await startPageServer({ port, page: 'server', feed });
  feed.start();
  return {
    url: server.url,
    close: async () => {
      feed.stop();
      await server.close();
    },
  };
}

/** Custom operations instead of a build's. */
const ownOperations = new Set(['health', 'metrics', 'api_stats']);

function sampleOf(overview: ServerOverview): ServerSample {
  const { counters, usage, processes } = overview;
  const durations = counters.durations.filter(({ operation }) => !ownOperations.has(operation));
  return {
    atMs: Date.now(),
    version: memobuildVersion,
    uptimeMs: overview.uptimeMs,
    health: healthOf(overview),
    workersReplaced: overview.workersReplaced,
    lookups: counters.lookups,
    answers: counters.requests.map(({ status, count }) => ({ status, count })),
    latency: {
      boundsMs: durationBoundsMs,
      counts: Array.from({ length: durationBoundsMs.length + 1 }, (_, bucket) =>
        durations.reduce((sum, { buckets }) => sum + (buckets[bucket] ?? 0), 0),
      ),
    },
    store: usage,
    processes: processes.map(({ counters: _, ...process }) => process),
  };
}

function healthOf(overview: ServerOverview): ServerSample['health'] {
  const { draining, usage, workersServing, workersWanted, uptimeMs } = overview;
  if (draining) return { state: 'draining', text: 'draining: not accepting new work' };
  if (workersServing === 0) {
    return uptimeMs < startingMsMax
      ? { state: 'starting', text: 'starting' }
      : { state: 'failing', text: 'no worker is serving' };
  }
  if (usage === undefined) return { state: 'failing', text: 'the store does not answer' };
  const workers = workersWanted === 1 ? '1 worker' : `${workersWanted} workers`;
  if (workersServing < workersWanted) {
    return { state: 'ready', text: `ready, with ${workersServing} of ${workers}` };
  }
  return { state: 'ready', text: `ready, ${workers}` };
}

const startingMsMax = 60_000;
