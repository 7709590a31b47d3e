import type { Cache, CacheHit, CacheLookup } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import {
  contentLengthOf,
  headerOf,
  type Protocol,
  type Route,
  textResponse,
  type UniversalRequest,
  type UniversalResponse,
} from '../universal.ts';
import { bazelRefusal } from './errors.ts';
import { type ByteRange, parseRange } from './range.ts';
import { parseBazelPath } from './wire.ts';

/** Bazel's HTTP cache: GET, HEAD, PUT and DELETE of `[/<instance>]/(ac|cas)/<sha256>`. */
export function createBazelHttp(options: BazelHttpOptions): Protocol {
  return { route: (method, url) => bazelRoute(options, method, url) };
}

export interface BazelHttpOptions {
  readonly cache: Cache;
  /** Largest body stored, as the cache has it: a larger announced one is refused unread. */
  readonly blobBytesMax: number;
}

function bazelRoute(options: BazelHttpOptions, method: string, url: string): Route | undefined {
  const path = parseBazelPath(url);
  if (path.kind === 'other') return undefined;
  if (path.kind === 'invalid') return invalidPath(path.reason);
  const { space, namespace, hash } = path;
  const key: EntryKey = space === 'cas' ? { space, hash } : { space, namespace, key: hash };
  const { cache } = options;
  switch (method) {
    case 'GET':
      return readRoute(key, 'get', (request) => {
        const found = cache.get(key, namespace);
        return found instanceof Promise
          ? found.then((lookup) => answerGet(lookup, request))
          : answerGet(found, request);
      });
    case 'HEAD':
      return readRoute(key, 'head', () => {
        const found = cache.head(key, namespace);
        return found instanceof Promise ? found.then(answerHead) : answerHead(found);
      });
    case 'PUT':
      return {
        name: key.space,
        operation: `${key.space}_put`,
        access: 'write',
        bodyBytesMax: options.blobBytesMax,
        handle: (request) => put(cache, key, namespace, request),
        refuse: bazelRefusal,
      };
    case 'DELETE':
      return {
        name: key.space,
        operation: 'delete',
        access: 'write',
        bodyBytesMax: 0,
        handle: (request) => remove(cache, key, request),
        refuse: bazelRefusal,
      };
    default: {
      const answer = (): UniversalResponse =>
        textResponse(405, `method ${method} is not taken here`, {
          allow: 'GET, HEAD, PUT, DELETE',
        });
      return {
        ...readRoute(key, 'other', answer),
        refuse: (error) => (error.code === 'too_large' ? answer() : bazelRefusal(error)),
      };
    }
  }
}

function readRoute(key: EntryKey, what: string, handle: Route['handle']): Route {
  return {
    name: key.space,
    operation: what === 'other' ? 'other' : `${key.space}_${what}`,
    access: 'read',
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
    access: 'read',
    bodyBytesMax: 0,
    handle: () => bazelRefusal(invalid),
    // That a body is too large for a path that takes none would say the less useful half.
    refuse: (error) => bazelRefusal(error.code === 'too_large' ? invalid : error),
  };
}

/** The answer to a lookup that found nothing. */
export const bazelMiss: UniversalResponse = textResponse(404, 'not found');
/** The answer to a store. */
export const bazelStored: UniversalResponse = { status: 200, headers: { 'content-length': 0 } };

function answerGet(found: CacheLookup, request: UniversalRequest): UniversalResponse {
  if (found.kind === 'miss') return bazelMiss;
  const rangeText = request.headers.range;
  if (rangeText !== undefined) {
    const range = parseRange(headerOf(request.headers, 'range') ?? '', found.sizeBytes);
    if (range !== 'whole') return answerRange(found, range, request);
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'content-length': found.sizeBytes },
    body: found.bytes ?? found.stream({ signal: request.signal }),
  };
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
    },
    body:
      found.bytes?.subarray(offsetBytes, offsetBytes + lengthBytes) ??
      found.stream({ offsetBytes, lengthBytes, signal: request.signal }),
  };
}

function answerHead(found: CacheLookup): UniversalResponse {
  if (found.kind === 'miss') return { status: 404, headers: {} };
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream', 'content-length': found.sizeBytes },
  };
}

async function put(
  cache: Cache,
  key: EntryKey,
  namespace: string,
  request: UniversalRequest,
): Promise<UniversalResponse> {
  const { headers, signal } = request;
  const encoding = headerOf(headers, 'content-encoding');
  // A key names identity bytes: storing encoded ones under it would serve them as something else.
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new CacheError('bad_request', `Content-Encoding takes identity, got ${encoding}`);
  }
  if (headers['content-range'] !== undefined) {
    throw new CacheError('bad_request', 'a PUT stores whole bodies and takes no Content-Range');
  }
  await cache.put(key, namespace, request.body, { sizeBytes: contentLengthOf(headers), signal });
  return bazelStored;
}

async function remove(
  cache: Cache,
  key: EntryKey,
  { signal }: UniversalRequest,
): Promise<UniversalResponse> {
  const { entries } = await cache.purge({ what: 'key', key }, { signal });
  return entries === 0 ? bazelMiss : textResponse(200, 'deleted');
}
