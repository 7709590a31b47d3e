import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { isForAnotherSite, isOwnHost, isVisit } from '../../core/index.ts';

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

/** Refuses what no page of ours would send: the Host must be an address, `localhost` or the given host. */
export function refusalOf(request: IncomingMessage, host: string): Refusal | undefined {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    const text = 'method not allowed: only GET and HEAD';
    return { status: 405, text, headers: { allow: 'GET, HEAD' } };
  }
  if (!isOwnHost(headers.host, [host])) {
    return { status: 403, text: 'unknown host name: open the dashboard as 127.0.0.1' };
  }
  if (isForAnotherSite(headers) && !isVisit(method, headers)) {
    return { status: 403, text: 'requests from other sites are not allowed' };
  }
  return undefined;
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
