import type { Cache, CacheHit, CacheLookup } from '../../cache/index.ts';
import { atMost, CacheError, collect } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { someNamespace } from '../shared/access.ts';
import { assertNoIfMatch, entityTag, judgeConditions, rangeApplies } from '../shared/conditions.ts';
import type { HttpParts } from '../shared/server-descriptor.ts';
import {
  headerOf,
  jsonResponse,
  type Protocol,
  type RequestHeaders,
  type Route,
  textResponse,
  type UniversalRequest,
  type UniversalResponse,
} from '../shared/universal.ts';
import { asZstd, plainBody, takesZstd } from './encodings.ts';
import { bazelRefusal } from './errors.ts';
import { bazelName } from './name.ts';
import { type ByteRange, parseRange } from './range.ts';
import { bazelRoutes, type RouteNames } from './routes.ts';
import { parseBazelPath } from './wire.ts';

/** Bazel's HTTP cache: GET, HEAD, PUT and DELETE of `[/<instance>]/(ac|cas)/<sha256>`. */
export function createBazelHttp(options: BazelHttpOptions): Protocol {
  return { route: (method, url) => bazelRoute(options, method, url) };
}

export type BazelHttpOptions = Pick<HttpParts, 'cache' | 'blobBytesMax' | 'reserved'>;

function bazelRoute(options: BazelHttpOptions, method: string, url: string): Route | undefined {
  if (url === '/status') return statusRoute;
  const path = parseBazelPath(url, options.reserved);
  if (path.kind === 'other') return undefined;
  if (path.kind === 'invalid') return invalidPath(path.reason);
  const { space, namespace, hash } = path;
  const key: EntryKey = space === 'cas' ? { space, hash } : { space, namespace, key: hash };
  const { cache } = options;
  switch (method) {
    case 'GET':
      return readRoute(bazelRoutes[space].GET, namespace, (request) => {
        const found = cache.get(key, request.callerFor(namespace, bazelName));
        return found instanceof Promise
          ? found.then((lookup) => answerGet(lookup, key, request))
          : answerGet(found, key, request);
      });
    case 'HEAD':
      return readRoute(bazelRoutes[space].HEAD, namespace, (request) => {
        const found = cache.head(key, request.callerFor(namespace, bazelName));
        return found instanceof Promise
          ? found.then((lookup) => answerHead(lookup, request))
          : answerHead(found, request);
      });
    case 'PUT':
      return {
        name: space,
        operation: bazelRoutes[space].PUT.operation,
        resource: { namespace, action: 'write' },
        bodyBytesMax: options.blobBytesMax,
        handle: (request) => put(options, key, namespace, request),
        refuse: bazelRefusal,
      };
    case 'DELETE':
      return {
        name: space,
        operation: 'delete',
        resource: { namespace, action: 'write' },
        bodyBytesMax: 0,
        handle: (request) => remove(cache, key, namespace, request),
        refuse: bazelRefusal,
      };
    default: {
      const answer = (): UniversalResponse =>
        textResponse(405, `method ${method} not allowed`, {
          allow: 'GET, HEAD, PUT, DELETE',
        });
      return {
        ...readRoute({ name: space, operation: 'other' }, namespace, answer),
        refuse: (error) => (error.code === 'too_large' ? answer() : bazelRefusal(error)),
      };
    }
  }
}

function readRoute(
  { name, operation }: RouteNames,
  namespace: string,
  handle: Route['handle'],
): Route {
  return {
    name,
    operation,
    resource: { namespace, action: 'read' },
    bodyBytesMax: 0,
    handle,
    refuse: bazelRefusal,
  };
}

function invalidPath(reason: string): Route {
  const invalid = new CacheError('invalid_key', reason);
  return {
    name: 'invalid_path',
    operation: 'other',
    resource: { namespace: someNamespace, action: 'read' },
    bodyBytesMax: 0,
    handle: () => bazelRefusal(invalid),
    // Refusing the size of a body, on a path that takes none, would hide the more useful reason.
    refuse: (error) => bazelRefusal(error.code === 'too_large' ? invalid : error),
  };
}

/**
 * moon asks for this before all else, without a credential, and does without its cache where the
 * answer is neither a success nor 404.
 */
const statusRoute: Route = {
  name: 'status',
  operation: 'health',
  resource: undefined,
  bodyBytesMax: 0,
  handle: () => jsonResponse(200, { status: 'ok' }),
  refuse: bazelRefusal,
};

/**
 * The answer to a lookup that found nothing. It has no body: clients that look at the status alone
 * would leave one unread, and with it the connection.
 */
export const bazelMiss: UniversalResponse = { status: 404, headers: { 'content-length': 0 } };
/** The answer to a store. */
export const bazelStored: UniversalResponse = { status: 200, headers: { 'content-length': 0 } };

function answerGet(
  found: CacheLookup,
  key: EntryKey,
  request: UniversalRequest,
): UniversalResponse | Promise<UniversalResponse> {
  if (found.kind === 'miss') return bazelMiss;
  const { headers, signal } = request;
  if (key.space === 'ac' && isJson(headers.accept)) return answerJson(found, signal);
  const tag = entityTag(found.sha256);
  const conditional = answerConditions(found, headers);
  if (conditional !== undefined) return conditional;
  if (headers.range !== undefined && rangeApplies(headers, tag)) {
    const range = parseRange(headerOf(headers, 'range') ?? '', found.sizeBytes);
    if (range !== 'whole') return answerRange(found, range, request);
  }
  const answer: UniversalResponse = {
    status: 200,
    headers: headersOf(found),
    body: found.bytes ?? found.stream({ signal }),
  };
  return takesZstd(headers) ? asZstd(answer, entityTag(found.sha256, 'zstd')) : answer;
}

function headersOf(found: CacheHit): Readonly<Record<string, string | number>> {
  return {
    'content-type': 'application/octet-stream',
    'content-length': found.sizeBytes,
    etag: entityTag(found.sha256),
  };
}

/** The answer where a condition of the request decides it. */
function answerConditions(
  { sha256 }: CacheHit,
  headers: RequestHeaders,
): UniversalResponse | undefined {
  const etag = entityTag(sha256);
  switch (judgeConditions(headers, [etag, entityTag(sha256, 'zstd')])) {
    case 'perform':
      return undefined;
    case 'not-modified':
      return { status: 304, headers: { etag } };
    case 'failed':
      return textResponse(412, 'the entry is not one that If-Match names', { etag });
  }
}

/** An action result in the JSON form, for moon. */
async function answerJson(found: CacheHit, signal: AbortSignal): Promise<UniversalResponse> {
  const { actionResultToJson, jsonBytesMax } = await import('./action-result-json.ts');
  if (found.sizeBytes > jsonBytesMax) return bazelMiss;
  const bytes = found.bytes ?? (await wholeBody(found.stream({ signal }), jsonBytesMax));
  const body = actionResultToJson(bytes);
  if (body === undefined) return bazelMiss;
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'content-length': body.byteLength },
    body,
  };
}

function isJson(header: string | readonly string[] | undefined): boolean {
  return typeof header === 'string' && /^application\/json\s*(?:;|,|$)/i.test(header);
}

/** @throws {CacheError} `too_large`. */
async function wholeBody(source: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = (): CacheError =>
    new CacheError('too_large', `an action result in JSON may have at most ${bytesMax} bytes`);
  return await collect(atMost(source, bytesMax, tooLarge));
}

function answerRange(
  found: CacheHit,
  range: ByteRange | 'unsatisfiable',
  request: UniversalRequest,
): UniversalResponse {
  if (range === 'unsatisfiable') {
    return textResponse(416, 'the range lies past the end', {
      'content-range': `bytes */${found.sizeBytes}`,
    });
  }
  const { offsetBytes, lengthBytes } = range;
  const lastByte = offsetBytes + lengthBytes - 1;
  return {
    status: 206,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': lengthBytes,
      'content-range': `bytes ${offsetBytes}-${lastByte}/${found.sizeBytes}`,
      etag: entityTag(found.sha256),
    },
    body:
      found.bytes?.subarray(offsetBytes, offsetBytes + lengthBytes) ??
      found.stream({ offsetBytes, lengthBytes, signal: request.signal }),
  };
}

function answerHead(found: CacheLookup, { headers }: UniversalRequest): UniversalResponse {
  if (found.kind === 'miss') return { status: 404, headers: {} };
  const { status, headers: given } = answerConditions(found, headers) ?? {
    status: 200,
    headers: headersOf(found),
  };
  return { status, headers: given };
}

async function put(
  { cache, blobBytesMax }: BazelHttpOptions,
  key: EntryKey,
  namespace: string,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const { headers, signal } = request;
  const caller = request.callerFor(namespace, bazelName);
  if (headers['content-range'] !== undefined) {
    throw new CacheError('bad_request', 'a PUT stores whole bodies and allows no Content-Range');
  }
  assertNoIfMatch(headers);
  const ifAbsent = key.space === 'ac' && headerOf(headers, 'if-none-match') === '*';
  const { body, sizeBytes } = await plainBody(request, blobBytesMax);
  if (key.space === 'ac' && isJson(headers['content-type'])) {
    const { actionResultFromJson, jsonBytesMax } = await import('./action-result-json.ts');
    const bytes = actionResultFromJson(await wholeBody(body, jsonBytesMax));
    await cache.put(key, caller, bytes, { ifAbsent, signal });
  } else {
    await cache.put(key, caller, body, { sizeBytes, ifAbsent, signal });
  }
  return bazelStored;
}

async function remove(
  cache: Cache,
  key: EntryKey,
  namespace: string,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const caller = request.callerFor(namespace, bazelName);
  const { entries } = await cache.purge({ what: 'key', key }, caller, { signal: request.signal });
  return entries === 0 ? bazelMiss : textResponse(200, 'deleted');
}
