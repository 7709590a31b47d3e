import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Cleanup } from './cleanup.ts';

/**
 * Starts a cache of known behaviour on this thread: bodies by path, each answer after the delay that
 * is asked for. It is closed when the test ends.
 */
export async function startPlainCache(
  t: Cleanup,
  options: PlainCacheOptions = {},
): Promise<{ readonly url: string }> {
  const { delayMs = 0, intercept = () => false } = options;
  const { onStored, replaced, found = (_, body) => body } = options;
  const bodies = new Map<string, Buffer>();
  const requests = new Map<Socket, number>();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, socket, url = '' } = request;
    const number = (requests.get(socket) ?? 0) + 1;
    requests.set(socket, number);
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (intercept(request, number)) return;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const known = bodies.get(url);
    if (method === 'PUT') {
      if (known !== undefined) replaced?.(url, known);
      const stored = Buffer.concat(chunks);
      bodies.set(url, stored);
      onStored?.(stored);
    }
    const read = known === undefined ? undefined : found(url, known);
    const body = method === 'GET' ? read : Buffer.alloc(0);
    if (method === 'DELETE') bodies.delete(url);
    response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 });
    response.end(body);
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}` };
}

export interface PlainCacheOptions {
  readonly delayMs?: number;
  /** Sees each body that is stored. */
  readonly onStored?: (body: Buffer) => void;
  /** Whether it dealt with a request itself. `number`: its place among the requests of its connection, from 1. */
  readonly intercept?: (request: IncomingMessage, number: number) => boolean;
  /** Called with the body that a PUT replaces. */
  readonly replaced?: (path: string, body: Buffer) => void;
  /** What a GET is answered with where the body is there. Default: the body. */
  readonly found?: (path: string, body: Buffer) => Buffer | undefined;
}
