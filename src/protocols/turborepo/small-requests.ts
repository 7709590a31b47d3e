import type { Cache, Caller } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { readJson } from '../shared/json-body.ts';
import { jsonResponse, type Route } from '../shared/universal.ts';
import { turborepoName } from './name.ts';
import { peekHeader } from './open-artifact.ts';
import { turborepoRoute } from './route.ts';

/** Largest body of a batch query or of events. */
export const smallBodyBytesMax: number = 1024 * 1024;

/** Most hashes in one batch query. */
export const queriedHashesMax = 1000;

/**
 * The batch query: `{"hashes": [...]}` is answered with an object that has `null` for each absent
 * artifact and `{size, taskDurationMs, tag?}` for each present one.
 */
export function queryRoute(cache: Cache, namespace: string): Route {
  const route = turborepoRoute('query', { namespace, action: 'read' }, async (request) => {
    const caller = request.callerFor(namespace, turborepoName);
    const hashes = hashesOf(await readJson(request, { bytesMax: smallBodyBytesMax }));
    const rows: [string, unknown][] = [];
    for (const hash of hashes) {
      rows.push([hash, await describe(cache, hash, caller, request.signal)]);
    }
    return jsonResponse(200, Object.fromEntries(rows));
  });
  return { ...route, bodyBytesMax: smallBodyBytesMax };
}

/**
 * Telemetry that the client sends once per run: hits and misses, local and remote. Checked and
 * ignored.
 */
export function eventsRoute(namespace: string): Route {
  const route = turborepoRoute('events', { namespace, action: 'read' }, async (request) => {
    const events = await readJson(request, { bytesMax: smallBodyBytesMax });
    if (!Array.isArray(events)) throw new CacheError('bad_request', 'events must be an array');
    return jsonResponse(200, {});
  });
  return { ...route, bodyBytesMax: smallBodyBytesMax };
}

async function describe(
  cache: Cache,
  hash: string,
  caller: Caller,
  signal: AbortSignal,
): Promise<unknown> {
  const key: EntryKey = { space: 'ac', namespace: caller.namespace, key: hash };
  const found = await cache.head(key, caller);
  if (found.kind === 'miss') return null;
  const { metadata, sizeBytes } = await peekHeader(found, signal);
  return {
    size: found.sizeBytes - sizeBytes,
    taskDurationMs: metadata.durationMs ?? 0,
    ...(metadata.tag === undefined ? {} : { tag: metadata.tag }),
  };
}

function hashesOf(body: unknown): readonly string[] {
  const hashes: unknown = (body as { hashes?: unknown } | null)?.hashes;
  const isList =
    Array.isArray(hashes) &&
    hashes.length <= queriedHashesMax &&
    hashes.every((hash) => typeof hash === 'string' && /^[\w-]{1,128}$/.test(hash));
  if (isList) return hashes as string[];
  throw new CacheError(
    'bad_request',
    `a query must be {"hashes": [up to ${queriedHashesMax} hashes of letters and digits]}`,
  );
}
