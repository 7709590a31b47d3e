import { type BrowserHeaders, isForAnotherSite, isOwnHost, isVisit } from '../../core/index.ts';
import { type Route, textResponse } from '../../protocols/index.ts';

/**
 * Refuses what a browser sends on behalf of another site's page: a page that somebody visits could
 * otherwise store, read and purge in their name, since a browser reaches addresses that the page's
 * author does not. No build tool is a browser.
 */
export class BrowserGuard {
  readonly #ownNames: readonly string[] | undefined;

  /**
   * @param ownNames what the Host may be beside an address and `localhost`; `undefined`: anything. A
   * server that requires no credential and is reached from its own machine only needs them.
   */
  constructor(ownNames: readonly string[] | undefined) {
    this.#ownNames = ownNames;
  }

  /** Whether {@link takesHost} refuses any. */
  get checksHost(): boolean {
    return this.#ownNames !== undefined;
  }

  takesHost(header: string): boolean {
    return this.#ownNames === undefined || isOwnHost(header, this.#ownNames);
  }

  /** The route that a request gets: its own, or one that refuses it. */
  routeFor(method: string, headers: BrowserHeaders, route: Route): Route {
    const { host } = headers;
    // HTTP/1.0 has no Host, and no browser speaks it.
    if (typeof host === 'string' && !this.takesHost(host)) return unknownHost;
    if (!isForAnotherSite(headers)) return route;
    return route.isPage === true && isVisit(method, headers) ? route : anotherSite;
  }
}

const unknownHost = refusing(
  'unknown Host: a server on a loopback address without tokens accepts an address, localhost or one of --allowed-hosts',
);

const anotherSite = refusing('requests that a browser sends for another site are not accepted');

function refusing(reason: string): Route {
  const answer = (): ReturnType<typeof textResponse> => textResponse(403, `forbidden: ${reason}`);
  return {
    name: 'browser',
    operation: 'other',
    resource: undefined,
    bodyBytesMax: 0,
    handle: answer,
    // Refusing the size of a body would hide the more useful reason.
    refuse: answer,
  };
}
