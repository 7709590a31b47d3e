import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, systemCodeOf, urlHost } from '../../core/index.ts';
import { EventStream, type EventStreamLimits, type Feed } from './event-stream.ts';
import { commonHeaders, livePagePolicy, refusalOf, reportPolicy } from './security.ts';
import { type Asset, StaticAssets } from './static-assets.ts';

export interface PageServerOptions {
  /** Default 127.0.0.1, which only this machine can reach. */
  readonly host?: string;
  /** 0 = a free one. */
  readonly port: number;
  readonly page: 'run' | 'server';
  readonly feed: Feed;
  /** Pages made on the server, by path. */
  readonly pages?: Readonly<Record<string, PageMaker>>;
  readonly limits?: EventStreamLimits;
}

/** Makes a page of a query. What it throws is reported as a failure of this server. */
export type PageMaker = (query: URLSearchParams) => Promise<MadePage>;

export interface MadePage {
  readonly status: number;
  readonly html: string;
}

/** A dashboard that is being served. */
export interface PageServer {
  /** `http://127.0.0.1:PORT/`. */
  readonly url: string;
  /** Announces to the pages that nothing follows, and ends. */
  close(): Promise<void>;
}

/** The dashboard can't be served there; the message says why. */
export class PageServerError extends Error {
  override readonly name = 'PageServerError';
}

export const defaultPageHost = '127.0.0.1';

/** Serves one live page with its events. @throws {PageServerError} where the address can't be had. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const host = options.host ?? defaultPageHost;
  const stream = new EventStream(options.feed, options.limits);
  const handler = new PageHandler(options, host, stream);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => {
      handler.handle(request, response).catch((error: unknown) => {
        if (response.headersSent) response.destroy();
        else sendText(response, 500, `the page failed: ${messageOf(error)}`);
      });
    },
  );
  server.maxConnections = connectionsMax;
  server.keepAliveTimeout = 5_000;
  try {
    await listen(server, host, options.port);
  } catch (error) {
    await stream.close();
    const isTaken = systemCodeOf(error) === 'EADDRINUSE';
    const reason = isTaken ? 'the port is in use: another program listens there' : messageOf(error);
    throw new PageServerError(`no dashboard on ${host} port ${options.port}: ${reason}`, {
      cause: error,
    });
  }
  // No file handle left for a visitor, say: the run or server behind the page must continue.
  server.on('error', () => undefined);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${urlHost(host)}:${port}/`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await stream.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Streams, and what a few browsers load beside them. */
const connectionsMax = 256;

class PageHandler {
  readonly #options: PageServerOptions;
  readonly #host: string;
  readonly #stream: EventStream;
  readonly #assets = new StaticAssets();

  constructor(options: PageServerOptions, host: string, stream: EventStream) {
    this.#options = options;
    this.#host = host;
    this.#stream = stream;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request, this.#host);
    if (refusal !== undefined) {
      sendText(response, refusal.status, refusal.text, refusal.headers);
      return;
    }
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const { page, pages = {} } = this.#options;
    if (path === '/') {
      const asset = await this.#assets.get(`/assets/${page}.html`);
      sendAsset(request, response, asset);
    } else if (path === '/events') {
      if (request.method === 'HEAD') sendText(response, 200, '');
      else if (!this.#stream.open(response)) {
        sendText(response, 503, 'too many pages are open already', { 'retry-after': '5' });
      }
    } else if (this.#assets.has(path)) {
      sendAsset(request, response, await this.#assets.get(path));
    } else if (Object.hasOwn(pages, path)) {
      const { status, html } = await pages[path]!(new URLSearchParams(query));
      response.writeHead(status, {
        ...commonHeaders,
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': reportPolicy,
        'cache-control': 'no-store',
      });
      response.end(request.method === 'HEAD' ? undefined : html);
    } else {
      sendText(response, 404, 'no such page');
    }
  }
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset): void {
  const { body, contentType, etag } = asset;
  const isKnown = request.headers['if-none-match'] === etag;
  response.writeHead(isKnown ? 304 : 200, {
    ...commonHeaders,
    etag,
    // Asked for each time, so that a page is never older than the program.
    'cache-control': 'no-cache',
    'content-security-policy': livePagePolicy,
    ...(isKnown ? {} : { 'content-type': contentType, 'content-length': body.byteLength }),
  });
  response.end(isKnown || request.method === 'HEAD' ? undefined : body);
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, unknown>> = {},
): void {
  response.writeHead(status, {
    ...commonHeaders,
    'content-type': 'text/plain; charset=utf-8',
    'content-security-policy': livePagePolicy,
    'cache-control': 'no-store',
    // The body of a refused request is not read.
    ...(status >= 400 ? { connection: 'close' } : {}),
    ...headers,
  });
  response.end(`${text}\n`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
