import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What a cache's limit is. */
export type Limit =
  /** It serves this many requests per second, one after another; the others queue. */
  | { readonly kind: 'queue'; readonly perSec: number }
  /** It refuses, with 503, what comes beyond so many in a second. */
  | { readonly kind: 'refuse'; readonly perSec: number }
  /** It takes so long over each, however few there are. */
  | { readonly kind: 'slow'; readonly ms: number };

/** A cache over a map (GET, PUT, DELETE of any path) whose capacity is known. */
export interface LimitedCache {
  readonly url: string;
  /** Entries now. */
  entries(): number;
  /** Requests so far, by method. */
  count(method: string): number;
}

export async function startLimitedCache(t: TestContext, limit: Limit): Promise<LimitedCache> {
  const entries = new Map<string, Buffer>();
  const counts = new Map<string, number>();
  const admit = admission(limit);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '' } = request;
      if (url.startsWith('/api/')) return end(response, 404);
      counts.set(method, (counts.get(method) ?? 0) + 1);
      // What is stored before and removed after is not what the limit is about.
      if (method !== 'GET') {
        if (method === 'PUT') entries.set(url, Buffer.concat(chunks));
        else entries.delete(url);
        return end(response, 200);
      }
      const waitMs = admit();
      if (waitMs === undefined) return end(response, 503);
      setTimeout(() => {
        const found = entries.get(url);
        end(response, found === undefined ? 404 : 200, found);
      }, waitMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    entries: () => entries.size,
    count: (method) => counts.get(method) ?? 0,
  };
}

/** Keys that a search stores. */
export const workingSet = 40;

/** A short search with lookups alone, so that a server's limit on them is the limit on operations. */
export function searchArgs(cache: LimitedCache, ...more: string[]): string[] {
  return [
    ...['loadtest', '--find-capacity', '--target', cache.url, '--protocol', 'generic'],
    ...['--hit-rate', '1', '--reread', '0', '--size', '1KiB', '--working-set', `${workingSet}`],
    ...['--step-duration', '0.5', '--resolution', '0.3', '--search-time', '30', ...more],
  ];
}

/** How long a request that comes now waits; `undefined`: it is refused. */
function admission(limit: Limit): () => number | undefined {
  if (limit.kind === 'slow') return () => limit.ms;
  const eachMs = 1000 / limit.perSec;
  // A small bucket, so that arrivals that come unevenly are not refused.
  const burstMs = limit.kind === 'refuse' ? 30 : Number.POSITIVE_INFINITY;
  let freeMs = 0;
  return () => {
    const now = performance.now();
    const atMs = Math.max(freeMs, now);
    if (atMs - now > burstMs) return undefined;
    freeMs = atMs + eachMs;
    return limit.kind === 'refuse' ? 0 : freeMs - now;
  };
}

function end(response: ServerResponse, status: number, body: Buffer = Buffer.alloc(0)): void {
  response.writeHead(status, { 'content-length': body.length }).end(body);
}
