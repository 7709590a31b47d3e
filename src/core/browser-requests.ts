import { isIP } from 'node:net';
import { socketHost } from './url-host.ts';

/** The headers by which a browser says for whom it sends a request. */
export type BrowserHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Whether a browser sends this on behalf of a page of another site. Browsers set both headers
 * themselves, so no page can forge them, and other clients send neither.
 */
export function isForAnotherSite(headers: BrowserHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none' && site !== 'same-origin') return true;
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return origin !== `http://${String(host)}` && origin !== `https://${String(host)}`;
}

/** Whether somebody follows a link or types an address, as opposed to what a page loads or sends. */
export function isVisit(method: string, headers: BrowserHeaders): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate';
}

/**
 * Whether a Host header names this machine itself: an address, `localhost` or one of `names`.
 * Another name may belong to a site that had it point here (DNS rebinding), whose pages a browser
 * then takes for this server's own. The port is ignored, because a tunnel has another.
 */
export function isOwnHost(header: string | undefined, names: readonly string[]): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const bare = socketHost(name);
  return (
    isIP(bare) !== 0 || bare === 'localhost' || names.some((own) => own.toLowerCase() === bare)
  );
}
