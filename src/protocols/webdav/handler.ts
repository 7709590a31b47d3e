import type { Cache } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import { toolNamespace } from '../shared/namespaces.ts';
import {
  type EntryPolicy,
  entryRoute,
  invalidRoute,
  lookupRoute,
  methodRefused,
  missResponse,
  storeRoute,
  type ToolOptions,
} from '../shared/opaque/index.ts';
import {
  headerOf,
  type Protocol,
  type Route,
  type UniversalResponse,
} from '../shared/universal.ts';
import { webdavStatus } from './errors.ts';
import { webdavName } from './name.ts';
import { type DavResource, multistatus, parseWebdavPath, type WebdavPath } from './wire.ts';

/**
 * As much of WebDAV as sccache needs, below `/dav/`: GET, HEAD, PUT, DELETE, PROPFIND of one resource,
 * MKCOL. Collections are not kept: each exists, since an entry may be put into any.
 */
export function createWebdav(options: ToolOptions): Protocol {
  return {
    route: (method, url) => {
      const path = parseWebdavPath(url);
      if (path.kind === 'other') return undefined;
      if (path.kind === 'invalid') return invalidRoute(webdavName, path.reason);
      if (method === 'PROPFIND') return propertiesRoute(options.cache, path, url);
      if (method === 'MKCOL') return makeCollection;
      if (method === 'OPTIONS') return tellOptions;
      if (path.kind === 'collection') return methodRefused(collectionPolicy, method);
      return entryRoute(webdavPolicy, options, method, { namespace, key: path.key });
    },
  };
}

const namespace = toolNamespace(webdavName, '');

export const webdavPolicy: EntryPolicy = {
  name: webdavName,
  statuses: webdavStatus,
  methods: { GET: 'get', HEAD: 'head', PUT: 'put', DELETE: 'delete' },
  contentType: 'application/octet-stream',
  storedStatus: 201,
  // sccache writes its probe, `.sccache_check`, at every start.
  overwrite: 'replaces',
  verifies: 'while',
};

const collectionPolicy = { name: webdavName, methods: { PROPFIND: 'head', MKCOL: 'put' } } as const;

/**
 * A PROPFIND's body says which properties are wanted. The answer always has all of them, so the
 * body is not read.
 */
const propfindBodyBytesMax = 64 * 1024;

function propertiesRoute(cache: Cache, path: WebdavPath, url: string): Route {
  const answer = (resource: DavResource): UniversalResponse => {
    const body = Buffer.from(multistatus(url, resource));
    return {
      status: 207,
      headers: { 'content-type': 'application/xml; charset=utf-8', 'content-length': body.length },
      body,
    };
  };
  const route = lookupRoute(webdavPolicy, 'propfind', namespace, async (request) => {
    const depth = headerOf(request.headers, 'depth') ?? '0';
    if (depth !== '0') {
      throw new CacheError(
        'bad_request',
        `Depth must be 0, since nothing is listed here, got ${depth}`,
      );
    }
    if (path.kind !== 'entry') return answer({ kind: 'collection' });
    const found = await cache.head(
      { space: 'ac', namespace, key: path.key },
      request.callerFor(namespace, webdavPolicy.name),
    );
    if (found.kind === 'miss') return missResponse;
    return answer({ kind: 'entry', sizeBytes: found.sizeBytes, storedAtMs: found.storedAtMs });
  });
  return { ...route, bodyBytesMax: propfindBodyBytesMax };
}

const makeCollection: Route = storeRoute(webdavPolicy, 'mkcol', namespace, () => ({
  status: 201,
  headers: { 'content-length': 0 },
}));

const tellOptions: Route = lookupRoute(webdavPolicy, 'options', namespace, () => ({
  status: 204,
  headers: { allow: 'GET, HEAD, PUT, DELETE, PROPFIND, MKCOL, OPTIONS', dav: '1' },
}));
