import type { CacheHit } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { type Resource, someNamespace } from '../shared/access.ts';
import { toolNamespace } from '../shared/namespaces.ts';
import {
  assertWholeBody,
  methodRefused,
  missResponse,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import {
  contentLengthOf,
  jsonResponse,
  type Protocol,
  type Route,
  type UniversalRequest,
  type UniversalResponse,
} from '../shared/universal.ts';
import {
  type ArtifactHeader,
  artifactHeader,
  artifactHeaderBytesMax,
  headersOf,
  metadataOf,
} from './artifact-file.ts';
import { turborepoRefusal } from './errors.ts';
import { turborepoName } from './name.ts';
import { openArtifact, peekHeader } from './open-artifact.ts';
import { turborepoRoute } from './route.ts';
import { eventsRoute, queryRoute } from './small-requests.ts';
import { parseTurborepoPath } from './wire.ts';

/**
 * Turborepo's remote cache, version 8 of its API: status, artifacts, the batch query, events, and the
 * preflight that `--preflight` sends before each. A store replaces what was there: an entry stored
 * without a signature would otherwise be a miss forever to clients that ask for signed ones.
 */
export function createTurborepo(options: ToolOptions): Protocol {
  return { route: (method, url) => routeOf(options, method, url) };
}

function routeOf(options: ToolOptions, method: string, url: string): Route | undefined {
  const path = parseTurborepoPath(url);
  if (path.kind === 'other') return undefined;
  if (path.kind === 'invalid') return invalid(path.reason);
  if (method === 'OPTIONS') return preflight;
  switch (path.kind) {
    case 'status':
      return method === 'GET' ? status : methodRefused(methods('GET'), method);
    case 'events':
      return method === 'POST'
        ? eventsRoute(toolNamespace(turborepoName, path.team))
        : methodRefused(methods('POST'), method);
    case 'query':
      return method === 'POST'
        ? queryRoute(options.cache, toolNamespace(turborepoName, path.team))
        : methodRefused(methods('POST'), method);
    case 'artifact':
      return artifactRoute(options, method, toolNamespace(turborepoName, path.team), path.hash);
  }
}

function artifactRoute(
  { cache, blobBytesMax }: ToolOptions,
  method: string,
  namespace: string,
  hash: string,
): Route {
  const key: EntryKey = { space: 'ac', namespace, key: hash };
  switch (method) {
    case 'GET':
      return turborepoRoute('get', { namespace, action: 'read' }, async (request) => {
        const found = await cache.get(key, request.callerFor(namespace, turborepoName));
        if (found.kind === 'miss') return missResponse;
        const { header, body } = await openArtifact(found, request.signal);
        return { ...found200(found, header), body };
      });
    case 'HEAD':
      return turborepoRoute('head', { namespace, action: 'read' }, async (request) => {
        const found = await cache.head(key, request.callerFor(namespace, turborepoName));
        if (found.kind === 'miss') return { status: 404, headers: {} };
        return found200(found, await peekHeader(found, request.signal));
      });
    case 'PUT':
      return {
        ...turborepoRoute('put', { namespace, action: 'write' }, (request) => put(request)),
        bodyBytesMax: blobBytesMax - artifactHeaderBytesMax,
      };
    default:
      return methodRefused(methods('GET, HEAD, PUT'), method);
  }

  async function put(request: UniversalRequest): Promise<UniversalResponse> {
    assertWholeBody(request);
    const header = artifactHeader(metadataOf(request.headers));
    const announcedBytes = contentLengthOf(request.headers);
    const caller = request.callerFor(namespace, turborepoName);
    await cache.put(key, caller, concat(header, request.body), {
      sizeBytes: announcedBytes === undefined ? undefined : header.length + announcedBytes,
      opaque: true,
      signal: request.signal,
    });
    return jsonResponse(200, { urls: [`/v8/artifacts/${hash}`] });
  }
}

function found200(found: CacheHit, { metadata, sizeBytes }: ArtifactHeader): UniversalResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': found.sizeBytes - sizeBytes,
      ...headersOf(metadata),
    },
  };
}

async function* concat(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  yield* rest;
}

const someRead: Resource = { namespace: someNamespace, action: 'read' };

const status: Route = turborepoRoute('status', someRead, () =>
  jsonResponse(200, { status: 'enabled' }),
);

/**
 * No Location: the client goes on to the address it asked about. It sends its token there only if
 * the header `Authorization` is named here.
 */
const preflight: Route = turborepoRoute('preflight', undefined, () => ({
  status: 204,
  headers: {
    'access-control-allow-methods': 'GET, HEAD, PUT, POST, OPTIONS',
    'access-control-allow-headers':
      'Authorization, Content-Type, User-Agent, x-artifact-duration, x-artifact-tag, x-artifact-sha, x-artifact-dirty-hash, x-artifact-client-ci, x-artifact-client-interactive',
  },
}));

/** The answer is about the path, whatever else is wrong with the request (such as a body where none is accepted). */
function invalid(reason: string): Route {
  const error = new CacheError('invalid_key', reason);
  const answer = (): UniversalResponse => turborepoRefusal(error, 'lookup');
  return { ...turborepoRoute('other', undefined, answer), refuse: answer };
}

function methods(allowed: string): { name: string; methods: Record<string, 'get'> } {
  return { name: turborepoName, methods: { [allowed]: 'get' } };
}
