import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Pages with scripts: nothing but what this server itself sends runs or is loaded. */
export const livePagePolicy: string = policy("script-src 'self'", "style-src 'self'");

/** Reports hold their styles and drawings within, and no script at all. */
export const reportPolicy: string = policy("style-src 'unsafe-inline'");

/** Goes with every answer. */
export const commonHeaders: OutgoingHttpHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly headers?: OutgoingHttpHeaders;
}

/**
 * Refuses what no page of ours would send. Against DNS rebinding (another site's name that suddenly
 * means this machine) the Host must be an address, `localhost` or the given host; the
 * port is not looked at, because a tunnel has another.
 */
export function refusalOf(request: IncomingMessage, host: string): Refusal | undefined {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    const text = 'method not allowed: only GET and HEAD';
    return { status: 405, text, headers: { allow: 'GET, HEAD' } };
  }
  if (!isOwnHost(headers.host, host)) {
    return { status: 403, text: 'unknown host name: open the dashboard as 127.0.0.1' };
  }
  const site = headers['sec-fetch-site'];
  const isVisit = headers['sec-fetch-mode'] === 'navigate';
  if (site === 'cross-site' && !isVisit)
    return { status: 403, text: 'requests from other sites are not allowed' };
  return undefined;
}

function isOwnHost(header: string | undefined, host: string): boolean {
  const name = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const bare = name.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 || bare === 'localhost' || bare === host.toLowerCase();
}

function policy(...more: readonly string[]): string {
  return [
    "default-src 'none'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    ...more,
  ].join('; ');
}
