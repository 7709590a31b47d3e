import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UniversalResponse } from '../../protocols/index.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import { waitForReader } from '../listener/wait-for-drain.ts';

/** What bounds the sending of an answer. */
export interface AnswerLimits {
  /** Longest wait for a client that does not read. */
  readonly responseIdleTimeoutMs: number;
  /** How long a body that the answer did not wait for is read and thrown away. */
  readonly leftoverTimeoutMs: number;
  /** The rate below which such a body is given up earlier. */
  readonly leftoverBytesPerSecMin: number;
}

/** How answers are sent. */
export interface Sending {
  readonly limits: AnswerLimits;
  readonly output: OutputBudget;
}

/**
 * Sends an answer with a body in memory, or none. What the client is still sending is dealt with
 * so that it can never be taken for a next request.
 */
export function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  answer: UniversalResponse,
  sending: Sending,
): void {
  const { limits } = sending;
  const body = answer.body as Uint8Array | undefined;
  const leftover = leftoverOf(request);
  if (leftover !== 'much') {
    response.writeHead(answer.status, answer.headers).end(body);
    limitSending(request, sending);
    if (leftover === 'little') skipLeftover(request, limits);
    return;
  }
  response.shouldKeepAlive = false;
  response.writeHead(answer.status, answer.headers);
  if (body === undefined) response.flushHeaders();
  else response.write(body);
  limitSending(request, sending);
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
  sending: Sending,
): Promise<void> {
  const { limits, output } = sending;
  const body = (answer.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    // The head waits for the first piece: a body found damaged by then still gets a true answer.
    let piece = await body.next();
    const leftover = leftoverOf(request);
    if (leftover === 'much') response.shouldKeepAlive = false;
    response.writeHead(answer.status, answer.headers);
    while (piece.done !== true) {
      if (!response.write(piece.value)) {
        await waitForReader(request.socket, output, limits.responseIdleTimeoutMs, response);
      }
      piece = await body.next();
    }
    response.end();
    limitSending(request, sending);
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
 * Cuts the connection if what is still to be sent makes no progress, and counts it as waiting. The
 * next request lifts the one, the end of this one the other.
 */
function limitSending({ socket }: IncomingMessage, { limits, output }: Sending): void {
  if (socket.writableLength === 0) return;
  socket.setTimeout(limits.responseIdleTimeoutMs);
  output.note(socket, socket.writableLength);
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
  // A client that waits for `100 Continue` may send the body or not: such a connection can't be kept.
  const known = announcedBytes > 0 && headers.expect === undefined;
  return known && announcedBytes <= littleBytesMax ? 'little' : 'much';
}

/** Throws away a short rest, so that the next request on the connection can be read. */
function skipLeftover(request: IncomingMessage, limits: AnswerLimits): void {
  const timer = setTimeout(() => request.destroy(), limits.leftoverTimeoutMs);
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.once('error', () => {});
  request.resume();
}

/** How often the rate of a body that is read and discarded is checked. */
const leftoverWindowMs = 2000;

/**
 * Reads on and throws it away, for as long as it comes at a fair rate and the time allows: many
 * clients write their whole body before they read. A socket closed on unread bytes is reset, and a
 * reset can overtake the answer: such a client would see a broken connection and never the reason.
 */
function discardLeftover(
  request: IncomingMessage,
  { leftoverTimeoutMs, leftoverBytesPerSecMin }: AnswerLimits,
  done: () => void,
): void {
  let windowBytes = 0;
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    clearInterval(pace);
    request.pause();
    done();
  };
  const timer = setTimeout(finish, leftoverTimeoutMs);
  const pace = setInterval(() => {
    if (windowBytes * 1000 < leftoverBytesPerSecMin * leftoverWindowMs) finish();
    windowBytes = 0;
  }, leftoverWindowMs);
  request.on('data', (chunk: Buffer) => {
    windowBytes += chunk.byteLength;
  });
  request.once('end', finish);
  request.once('close', finish);
  request.once('error', finish);
  request.resume();
}
