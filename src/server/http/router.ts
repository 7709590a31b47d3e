import { CacheError, messageOf } from '../../core/index.ts';
import { type Protocol, type Route, someNamespace, textResponse } from '../../protocols/index.ts';

/** Finds the route of a path and query as {@link pathOf} reads them. Always returns one: the route of a path that no protocol has answers 404. */
export type Router = (method: string, path: string) => Route;

/** Asks each protocol in turn; put the one with the hottest paths first. */
export function createRouter(protocols: readonly Protocol[]): Router {
  return (method, path) => {
    for (const protocol of protocols) {
      const route = protocol.route(method, path);
      if (route !== undefined) return route;
    }
    return notFound;
  };
}

/**
 * A request's path and query. Several slashes count as one: people give their tools addresses that
 * end in a slash, and the tools append a path that begins with one.
 */
export function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : originForm(url);
  const doubledAt = path.indexOf('//');
  if (doubledAt < 0) return path;
  const queryAt = path.indexOf('?');
  if (queryAt < 0) return path.replaceAll(/\/{2,}/g, '/');
  return path.slice(0, queryAt).replaceAll(/\/{2,}/g, '/') + path.slice(queryAt);
}

/** Turns the absolute form that proxies may send (RFC 9112, 3.2.2) into path and query. */
function originForm(url: string): string {
  const path = /^https?:\/\/[^/?#]*(\/.*)$/i.exec(url)?.[1];
  return path ?? '/';
}

const notFound: Route = {
  name: 'unknown',
  operation: 'other',
  resource: { namespace: someNamespace, action: 'read' },
  bodyBytesMax: 0,
  handle: noSuchPath,
  // Refusing the size of a body, on a path that takes none, would hide the more useful reason.
  refuse: (error) => (error.code === 'too_large' ? noSuchPath() : plainRefusal(error)),
};

function noSuchPath(): ReturnType<typeof textResponse> {
  return textResponse(404, 'no such path');
}

/** The answer to a failure for routes of no protocol. */
export function plainRefusal(error: CacheError): ReturnType<typeof textResponse> {
  const status = plainStatus[error.code as keyof typeof plainStatus] ?? 503;
  return textResponse(status, `${error.code}: ${error.message}`);
}

const plainStatus = { unauthenticated: 401, forbidden: 403, bad_request: 400, too_large: 413 };

/** Makes whatever was thrown a failure of the cache. */
export function asCacheError(error: unknown): CacheError {
  if (error instanceof CacheError) return error;
  return new CacheError('unavailable', `internal error: ${messageOf(error)}`, { cause: error });
}
