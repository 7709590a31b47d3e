import { setImmediate } from 'node:timers/promises';
import type { Cache, CacheHit } from '../../cache/index.ts';
import type { PurgeSelection } from '../../storage/index.ts';
import { type Action, everyNamespace, type Resource, someNamespace } from '../shared/access.ts';
import { readJson } from '../shared/json-body.ts';
import type { HttpParts } from '../shared/server-descriptor.ts';
import {
  jsonResponse,
  type Protocol,
  type Route,
  type UniversalRequest,
  type UniversalResponse,
} from '../shared/universal.ts';
import { apiV1Refusal } from './errors.ts';
import { frameEntries, framesContentType } from './frames.ts';
import { apiV1Name } from './name.ts';
import { parseKeyBatch, parsePurge } from './wire.ts';

export type ApiV1Options = Pick<
  HttpParts,
  'cache' | 'stats' | 'batchKeysMax' | 'batchBodyBytesMax'
>;

/** The routes under `/api/v1`; `openapi.json` among them describes the rest. */
export function createApiV1(options: ApiV1Options): Protocol {
  const { cache, stats, batchBodyBytesMax, batchKeysMax } = options;
  const bodyBounds = { bytesMax: batchBodyBytesMax, valuesMax: batchKeysMax + otherValuesMax };
  const post = (
    operation: string,
    action: Action,
    handle: (body: unknown, request: UniversalRequest) => Promise<UniversalResponse>,
  ): Endpoint => ({
    method: 'POST',
    route: {
      // The body says which namespace.
      ...apiRoute(operation, { namespace: someNamespace, action }, async (request) =>
        handle(await readJson(request, bodyBounds), request),
      ),
      bodyBytesMax: batchBodyBytesMax,
    },
  });
  const get = (
    operation: string,
    namespace: Resource['namespace'],
    answer: () => Promise<unknown>,
  ): Endpoint => ({
    method: 'GET',
    route: {
      ...apiRoute(operation, { namespace, action: 'read' }, async () =>
        jsonResponse(200, await answer()),
      ),
      isPage: true,
    },
  });

  const endpoints: Readonly<Record<string, Endpoint>> = {
    '/api/v1/exists': post('exists', 'read', (body, request) => exists(options, body, request)),
    '/api/v1/lookup': post('lookup', 'read', (body, request) => lookup(options, body, request)),
    '/api/v1/fetch': post('fetch', 'read', (body, request) => fetch(options, body, request)),
    '/api/v1/purge': post('purge', 'admin', (body, request) => purge(cache, body, request)),
    '/api/v1/stats': get('stats', everyNamespace, stats),
    '/api/v1/openapi.json': get('openapi', someNamespace, async () => {
      const { openApiDocument } = await import('./openapi.ts');
      return openApiDocument();
    }),
  };

  return {
    route(method, url) {
      if (!url.startsWith('/api/')) return undefined;
      const endpoint = endpoints[url.endsWith('/') ? url.slice(0, -1) : url];
      if (endpoint === undefined) return unknownPath;
      return endpoint.method === method ? endpoint.route : methodRefused(endpoint.method);
    },
  };
}

const lookupsATurn = 1000;

/** Values of a body beside its keys; some more, so that too many keys are named as such. */
const otherValuesMax = 1000;

interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly route: Route;
}

function apiRoute(operation: string, resource: Resource, handle: Route['handle']): Route {
  return {
    name: 'api_v1',
    operation: `api_${operation}`,
    resource,
    bodyBytesMax: 0,
    handle,
    refuse: apiV1Refusal,
  };
}

const someRead: Resource = { namespace: someNamespace, action: 'read' };

const unknownPath: Route = apiRoute('other', someRead, () =>
  jsonResponse(404, {
    error: { code: 'not_found', message: 'no such path; see /api/v1/openapi.json' },
  }),
);

function methodRefused(taken: string): Route {
  return apiRoute('other', someRead, ({ method }) =>
    jsonResponse(
      405,
      {
        error: {
          code: 'bad_request',
          message: `method ${method} not allowed: this path accepts ${taken}`,
        },
      },
      { allow: taken },
    ),
  );
}

async function exists(
  options: ApiV1Options,
  body: unknown,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const { keys, entryKeys, namespace } = parseKeyBatch(body, options.batchKeysMax);
  const absent = await options.cache.missing(entryKeys, request.callerFor(namespace, apiV1Name));
  return jsonResponse(200, { missing: keys.filter((_, index) => absent[index]) });
}

async function lookup(
  options: ApiV1Options,
  body: unknown,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const { keys, entryKeys, namespace } = parseKeyBatch(body, options.batchKeysMax);
  const caller = request.callerFor(namespace, apiV1Name);
  const found: (Pick<CacheHit, 'sizeBytes' | 'sha256' | 'storedAtMs'> & { key: string })[] = [];
  const missing: string[] = [];
  for (const [index, entryKey] of entryKeys.entries()) {
    // Lookups may all be synchronous: let other connections have their turn.
    if (index % lookupsATurn === lookupsATurn - 1) await setImmediate();
    const answer = options.cache.head(entryKey, caller);
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
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const batch = parseKeyBatch(body, options.batchKeysMax);
  const caller = request.callerFor(batch.namespace, apiV1Name);
  return {
    status: 200,
    headers: { 'content-type': framesContentType },
    body: frameEntries(options.cache, batch, caller, request.signal),
  };
}

async function purge(
  cache: Cache,
  body: unknown,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const selection = parsePurge(body);
  const caller = request.callerFor(namespaceOf(selection), apiV1Name);
  return jsonResponse(200, await cache.purge(selection, caller, { signal: request.signal }));
}

/** Blobs are shared, and so is what was stored or used at some time. */
function namespaceOf(selection: PurgeSelection): Resource['namespace'] {
  if (selection.what === 'namespace') return selection.namespace;
  const isAction = selection.what === 'key' && selection.key.space === 'ac';
  return isAction ? selection.key.namespace : everyNamespace;
}
