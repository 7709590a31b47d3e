import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UniversalResponse } from '../../protocols/index.ts';
import type { SendLimits } from '../listener/send-limits.ts';
import { waitForDrain } from '../listener/wait-for-drain.ts';

/**
 * Sends an answer with a body in memory, or none. What the client is still sending is dealt with
 * so that it can never be taken for a next request.
 */
export function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  answer: UniversalResponse,
  limits: SendLimits,
): void {
  const body = answer.body as Uint8Array | undefined;
  const leftover = leftoverOf(request);
  if (leftover !== 'much') {
    response.writeHead(answer.status, answer.headers).end(body);
    limitSending(request, limits);
    if (leftover === 'little') skipLeftover(request, limits);
    return;
  }
  response.shouldKeepAlive = false;
  response.writeHead(answer.status, answer.headers);
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  discardLeftover(request, limits, () => response.end());
}

/**
 * Sends an answer whose body is a stream, with back-pressure.
 * @throws what the body throws before its first byte is sent; later failures cut the connection.
 */
export async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  answer: UniversalResponse,
  limits: SendLimits,
): Promise<void> {
  const body = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    // The head waits for the first piece: a body found damaged by then still gets a true answer.
    let piece = await body.next();
    const leftover = leftoverOf(request);
    if (leftover === 'much') response.shouldKeepAlive = false;
    response.writeHead(answer.status, answer.headers);
    while (piece.done !== true) {
      if (!response.write(piece.value)) await waitForDrain(response, limits.responseIdleTimeoutMs);
      piece = await body.next();
    }
    response.end();
    limitSending(request, limits);
    if (leftover === 'little') skipLeftover(request, limits);
  } catch (error) {
    if (!response.headersSent) throw error;
    // A cut connection is how a client learns that the body it got is not whole.
    response.destroy();
  } finally {
    await body.return?.();
  }
}

/**
 * Cuts the connection if what is still to be sent makes no progress. The next request lifts it.
 */
function limitSending({ socket }: IncomingMessage, limits: SendLimits): void {
  if (socket.writableLength > 0) socket.setTimeout(limits.responseIdleTimeoutMs);
}

/** A body up to this size is read to its end for the sake of its connection. */
const littleBytesMax = 64 * 1024;

/** What of the request's body is still unread. */
function leftoverOf(request: IncomingMessage): 'nothing' | 'little' | 'much' {
  const { headers } = request;
  const announcedBytes = Number(headers['content-length'] ?? 0);
  if (announcedBytes === 0 && headers['transfer-encoding'] === undefined) return 'nothing';
  if (request.readableEnded) return 'nothing';
  if (request.complete) return 'little';
  // Who waits for `100 Continue` may send the body or not: such a connection can't be kept.
  const known = announcedBytes > 0 && headers.expect === undefined;
  return known && announcedBytes <= littleBytesMax ? 'little' : 'much';
}

/** Throws away a short rest, so that the next request on the connection can be read. */
function skipLeftover(request: IncomingMessage, limits: SendLimits): void {
  const timer = setTimeout(() => request.destroy(), limits.leftoverTimeoutMs);
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.once('error', () => {});
  request.resume();
}

/**
 * Reads on for a while and throws it away. A socket closed on unread bytes is reset, and a reset can
 * overtake the answer: the client would see a broken connection and never the reason.
 */
function discardLeftover(request: IncomingMessage, limits: SendLimits, done: () => void): void {
  let leftBytes = limits.leftoverBytesMax;
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    request.pause();
    done();
  };
  const timer = setTimeout(finish, limits.leftoverTimeoutMs);
  request.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.byteLength;
    if (leftBytes < 0) finish();
  });
  request.once('end', finish);
  request.once('close', finish);
  request.once('error', finish);
  request.resume();
}
