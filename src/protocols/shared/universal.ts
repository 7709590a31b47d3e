import type { Caller } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { Resource } from './access.ts';

/**
 * What a protocol sees of a request: no Node, no framework, so that any listener can carry any
 * protocol. Listeners may build parts of it on first use, since most requests need few of them.
 */
export interface UniversalRequest {
  readonly method: string;
  /** Path and query as sent, still encoded. Always starts with `/`. */
  readonly url: string;
  /** Header values by lower-case name. */
  readonly headers: RequestHeaders;
  /** The body. Can be read once, with back-pressure; a protocol that needs none leaves it alone. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client went away or the server gave the request up. */
  readonly signal: AbortSignal;
  /**
   * The caller, for the cache. Every protocol gets its caller here, so none reaches a namespace
   * without a decision: the route's own, or one that the body names.
   * @throws {CacheError} `forbidden`, `read_only`.
   */
  callerFor(namespace: Resource['namespace'], protocol: string): Caller;
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The answer. With an iterable body and no `content-length` the listener frames it by chunks. */
export interface UniversalResponse {
  readonly status: number;
  /** Values by lower-case name. */
  readonly headers: ResponseHeaders;
  /** Left out where there is none (also for HEAD, whose `content-length` still states the size). */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** By lower-case name; a list is one line for each value. */
export type ResponseHeaders = Readonly<Record<string, string | number | string[]>>;

/** What a request's method and path selected. */
export interface Route {
  /** Name in metrics and logs, one of a small fixed set. */
  readonly name: string;
  /** What is done, for the duration histograms: one of a small fixed set. */
  readonly operation: string;
  /** What it touches, decided about before the body is read; `undefined`: nothing, and no credential is asked. */
  readonly resource: Resource | undefined;
  /** Largest body taken; a larger announced one is refused before it is read. */
  readonly bodyBytesMax: number;
  /** People open it in a browser, so a link on another site may lead to it. Default false. */
  readonly isPage?: boolean;
  /** @throws {CacheError} which the listener hands to {@link Route.refuse}. */
  handle(request: UniversalRequest): UniversalResponse | Promise<UniversalResponse>;
  /** The protocol's own answer to a failure. */
  refuse(error: CacheError): UniversalResponse;
}

/** A protocol that a server offers. */
export interface Protocol {
  /** The route for a request, or `undefined` where the path is none of this protocol's. */
  route(method: string, url: string): Route | undefined;
}

/** The first value of a header, or `undefined`. */
export function headerOf(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** A short answer in plain text. */
export function textResponse(
  status: number,
  text: string,
  headers: ResponseHeaders = {},
): UniversalResponse {
  const body = Buffer.from(`${text}\n`);
  return {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': body.byteLength,
      ...headers,
    },
    body,
  };
}

/** An answer in JSON. */
export function jsonResponse(
  status: number,
  value: unknown,
  headers: ResponseHeaders = {},
): UniversalResponse {
  const body = Buffer.from(JSON.stringify(value));
  return {
    status,
    headers: { 'content-type': 'application/json', 'content-length': body.byteLength, ...headers },
    body,
  };
}

/**
 * Holds that a body is announced as JSON. A page of another site can make a browser send any text,
 * but not as this type, unless it asks first.
 * @throws {CacheError} `bad_request`.
 */
export function assertJson({ headers }: Pick<UniversalRequest, 'headers'>): void {
  const type = headerOf(headers, 'content-type') ?? 'none';
  if (/^application\/json\s*(?:;|$)/i.test(type)) return;
  throw new CacheError('bad_request', `Content-Type must be application/json, got ${type}`);
}

/** The announced body size; `undefined` where none was announced (chunked, or no body). */
export function contentLengthOf(headers: RequestHeaders): number | undefined {
  const text = headerOf(headers, 'content-length');
  return text === undefined ? undefined : Number(text);
}
