import { setImmediate } from 'node:timers/promises';
import type { Cache, CacheHit } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import {
  jsonResponse,
  type Protocol,
  type Route,
  type UniversalRequest,
  type UniversalResponse,
} from '../shared/universal.ts';
import { apiV1Refusal } from './errors.ts';
import { frameEntries, framesContentType } from './frames.ts';
import type { StatsSource } from './stats.ts';
import { parseKeyBatch, parsePurge } from './wire.ts';

export interface ApiV1Options {
  readonly cache: Cache;
  readonly stats: StatsSource;
  /** Most keys of one request. */
  readonly batchKeysMax: number;
  /** Largest body of a request. */
  readonly batchBodyBytesMax: number;
}

/** The routes under `/api/v1`; `openapi.json` among them describes the rest. */
export function createApiV1(options: ApiV1Options): Protocol {
  const { cache, stats, batchBodyBytesMax } = options;
  const post = (
    operation: string,
    access: Route['access'],
    handle: (body: unknown, request: UniversalRequest) => Promise<UniversalResponse>,
  ): Endpoint => ({
    method: 'POST',
    route: {
      ...apiRoute(operation, access, async (request) =>
        handle(await readJson(request, batchBodyBytesMax), request),
      ),
      bodyBytesMax: batchBodyBytesMax,
    },
  });
  const get = (operation: string, answer: () => Promise<unknown>): Endpoint => ({
    method: 'GET',
    route: apiRoute(operation, 'read', async () => jsonResponse(200, await answer())),
  });

  const endpoints: Readonly<Record<string, Endpoint>> = {
    '/api/v1/exists': post('exists', 'read', (body) => exists(options, body)),
    '/api/v1/lookup': post('lookup', 'read', (body) => lookup(options, body)),
    '/api/v1/fetch': post('fetch', 'read', (body, request) => fetch(options, body, request)),
    '/api/v1/purge': post('purge', 'write', async (body, { signal }) =>
      jsonResponse(200, await cache.purge(parsePurge(body), { signal })),
    ),
    '/api/v1/stats': get('stats', stats),
    '/api/v1/openapi.json': get('openapi', async () => {
      const { openApiDocument } = await import('./openapi.ts');
      return openApiDocument();
    }),
  };

  return {
    route(method, url) {
      if (!url.startsWith('/api/')) return undefined;
      const endpoint = endpoints[url];
      if (endpoint === undefined) return unknownPath;
      return endpoint.method === method ? endpoint.route : methodRefused(endpoint.method);
    },
  };
}

const lookupsATurn = 1000;

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly route: Route;
}

function apiRoute(operation: string, access: Route['access'], handle: Route['handle']): Route {
  return {
    name: 'api_v1',
    operation: `api_${operation}`,
    access,
    bodyBytesMax: 0,
    handle,
    refuse: apiV1Refusal,
  };
}

const unknownPath: Route = apiRoute('other', 'read', () =>
  jsonResponse(404, {
    error: { code: 'not_found', message: 'no such path; see /api/v1/openapi.json' },
  }),
);

function methodRefused(taken: string): Route {
  return apiRoute('other', 'read', ({ method }) =>
    jsonResponse(
      405,
      { error: { code: 'bad_request', message: `this path takes ${taken}, got ${method}` } },
      { allow: taken },
    ),
  );
}

async function exists(options: ApiV1Options, body: unknown): Promise<UniversalResponse> {
  const { keys, entryKeys } = parseKeyBatch(body, options.batchKeysMax);
  const absent = await options.cache.missing(entryKeys);
  return jsonResponse(200, { missing: keys.filter((_, index) => absent[index]) });
}

async function lookup(options: ApiV1Options, body: unknown): Promise<UniversalResponse> {
  const { keys, entryKeys, namespace } = parseKeyBatch(body, options.batchKeysMax);
  const found: (Pick<CacheHit, 'sizeBytes' | 'sha256' | 'storedAtMs'> & { key: string })[] = [];
  const missing: string[] = [];
  for (const [index, entryKey] of entryKeys.entries()) {
    // Look-ups may all be synchronous: let other connections have their turn.
    if (index % lookupsATurn === lookupsATurn - 1) await setImmediate();
    const answer = options.cache.head(entryKey, namespace);
    const hit = answer instanceof Promise ? await answer : answer;
    const key = keys[index]!;
    if (hit.kind === 'miss') missing.push(key);
    else {
      const { sizeBytes, sha256, storedAtMs } = hit;
      found.push({ key, sizeBytes, sha256, storedAtMs });
    }
  }
  return jsonResponse(200, { found, missing });
}

async function fetch(
  options: ApiV1Options,
  body: unknown,
  { signal }: UniversalRequest,
): Promise<UniversalResponse> {
  const batch = parseKeyBatch(body, options.batchKeysMax);
  return {
    status: 200,
    headers: { 'content-type': framesContentType },
    body: frameEntries(options.cache, batch, signal),
  };
}

async function readJson({ body }: UniversalRequest, bodyBytesMax: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > bodyBytesMax) {
      throw new CacheError('too_large', `the body has more than ${bodyBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks, sizeBytes).toString('utf8'));
  } catch {
    throw new CacheError('bad_request', 'the body takes JSON');
  }
}
