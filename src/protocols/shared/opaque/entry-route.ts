import type { Cache, CacheHit, CacheLookup, Caller } from '../../../cache/index.ts';
import { CacheError } from '../../../core/index.ts';
import type { EntryKey } from '../../../storage/index.ts';
import type { Resource } from '../access.ts';
import { assertNoIfMatch } from '../conditions.ts';
import type { EntryRules } from '../entry-rules.ts';
import type { HttpParts } from '../server-descriptor.ts';
import {
  contentLengthOf,
  headerOf,
  type Route,
  textResponse,
  type UniversalRequest,
  type UniversalResponse,
} from '../universal.ts';
import { type StatusTable, textRefusal } from './statuses.ts';

/** What every tool's protocol needs of the server. */
export type ToolOptions = Pick<HttpParts, 'cache' | 'blobBytesMax'>;

/** How one tool wants its entries: bytes under a key of its own choosing, which the server does not interpret. */
export interface EntryPolicy extends EntryRules {
  /** Prefix of the names in metrics: `<name>_get` and so on. */
  readonly name: string;
  readonly statuses: StatusTable;
  /** Which method does what; others are answered 405. */
  readonly methods: Readonly<Record<string, EntryOperation>>;
  readonly contentType: string;
  /** The status of a store that succeeded. */
  readonly storedStatus: number;
}

export type EntryOperation = 'get' | 'head' | 'put' | 'delete';

/** Where an entry is. */
export interface EntryName {
  readonly namespace: string;
  readonly key: string;
}

/** The route of one request for one entry. */
export function entryRoute(
  policy: EntryPolicy,
  options: ToolOptions,
  method: string,
  { namespace, key: name }: EntryName,
): Route {
  const { cache, blobBytesMax } = options;
  const key: EntryKey = { space: 'ac', namespace, key: name };
  const operation = policy.methods[method];
  if (operation === undefined) return methodRefused(policy, method);
  switch (operation) {
    case 'get':
      return lookupRoute(policy, 'get', namespace, async (request) => {
        const caller = request.callerFor(namespace, policy.name);
        return answerGet(policy, await cache.get(key, caller), request);
      });
    case 'head':
      return lookupRoute(policy, 'head', namespace, async (request) =>
        answerHead(policy, await cache.head(key, request.callerFor(namespace, policy.name))),
      );
    case 'put':
      return {
        ...storeRoute(policy, 'put', namespace, (request) =>
          put(policy, cache, key, request.callerFor(namespace, policy.name), request),
        ),
        bodyBytesMax: blobBytesMax,
      };
    case 'delete':
      return storeRoute(policy, 'delete', namespace, async (request) => {
        const { signal } = request;
        const caller = request.callerFor(namespace, policy.name);
        const { entries } = await cache.purge({ what: 'key', key }, caller, { signal });
        return entries === 0 ? missResponse : { status: 204, headers: {} };
      });
  }
}

/** A route that reads: failures are answered from the table's `lookup` column. */
export function lookupRoute(
  policy: RoutePolicy,
  operation: string,
  namespace: Resource['namespace'],
  handle: Route['handle'],
): Route {
  return entryRouteOf(policy, operation, { namespace, action: 'read' }, handle);
}

/** A route that writes: failures are answered from the table's `store` column. */
export function storeRoute(
  policy: RoutePolicy,
  operation: string,
  namespace: Resource['namespace'],
  handle: Route['handle'],
): Route {
  return entryRouteOf(policy, operation, { namespace, action: 'write' }, handle);
}

type RoutePolicy = Pick<EntryPolicy, 'name' | 'statuses'>;

function entryRouteOf(
  { name, statuses }: RoutePolicy,
  operation: string,
  resource: { readonly namespace: Resource['namespace']; readonly action: 'read' | 'write' },
  handle: Route['handle'],
): Route {
  const column = resource.action === 'read' ? 'lookup' : 'store';
  return {
    name,
    operation: `${name}_${operation}`,
    resource,
    bodyBytesMax: 0,
    handle,
    refuse: (error) => textRefusal(statuses, error, column),
  };
}

/** The answer to a path below a mount that is of no form it takes: 400, whatever the tool, since no tool sends it. */
export function invalidRoute(name: string, reason: string): Route {
  const answer = (): UniversalResponse => textResponse(400, `invalid_key: ${reason}`);
  return {
    name,
    operation: `${name}_other`,
    resource: undefined,
    bodyBytesMax: 0,
    handle: answer,
    refuse: answer,
  };
}

/** 405, with the methods that are taken. */
export function methodRefused(
  policy: Pick<EntryPolicy, 'name' | 'methods'>,
  method: string,
): Route {
  const allow = Object.keys(policy.methods).join(', ');
  const answer = (): UniversalResponse =>
    textResponse(405, `method ${method.slice(0, 20)} not allowed`, { allow });
  return { ...invalidRoute(policy.name, ''), handle: answer, refuse: answer };
}

/**
 * The answer has no body: clients that look at the status alone (Nx, Turborepo) leave a body unread, and
 * with it the connection, and open another one for the store that follows.
 */
export const missResponse: UniversalResponse = { status: 404, headers: { 'content-length': 0 } };

async function answerGet(
  policy: EntryPolicy,
  found: CacheLookup,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  if (found.kind === 'miss') return missResponse;
  const { signal } = request;
  if (policy.verifies === 'before' && found.bytes === undefined) await readThrough(found, signal);
  return {
    status: 200,
    headers: { 'content-type': policy.contentType, 'content-length': found.sizeBytes },
    body: found.bytes ?? found.stream({ signal }),
  };
}

/**
 * Reads a body to its end and discards it; only the outcome of reading matters.
 * @throws {CacheError} `damaged`.
 */
export async function readThrough(found: CacheHit, signal: AbortSignal): Promise<void> {
  for await (const chunk of found.stream({ signal })) void chunk;
}

function answerHead(policy: EntryPolicy, found: CacheLookup): UniversalResponse {
  if (found.kind === 'miss') return { status: 404, headers: {} };
  return {
    status: 200,
    headers: { 'content-type': policy.contentType, 'content-length': found.sizeBytes },
  };
}

async function put(
  policy: EntryPolicy,
  cache: Cache,
  key: EntryKey,
  caller: Caller,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  assertWholeBody(request);
  const { overwrite } = policy;
  const onExisting = typeof overwrite === 'function' ? overwrite(request) : overwrite;
  await cache.put(key, caller, request.body, {
    sizeBytes: contentLengthOf(request.headers),
    ifAbsent: onExisting === 'refused',
    opaque: true,
    signal: request.signal,
  });
  return { status: policy.storedStatus, headers: { 'content-length': 0 } };
}

/** @throws {CacheError} `bad_request` for a part of a body, or an encoded one: neither is what a later GET should bring. */
export function assertWholeBody({ headers }: UniversalRequest): void {
  const encoding = headerOf(headers, 'content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new CacheError('bad_request', `Content-Encoding must be identity, got ${encoding}`);
  }
  if (headers['content-range'] !== undefined) {
    throw new CacheError('bad_request', 'a store needs a whole body and allows no Content-Range');
  }
  assertNoIfMatch(headers);
}
