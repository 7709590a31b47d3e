import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './faults.ts';

/** The faults that are a wrong answer to one request. */
export type AnswerFault = Exclude<Fault, { kind: 'stall' | 'die' | 'evict' | 'other-bytes' }>;

/** Answers wrongly. `body` is the hit's, and there for every fault that alters one. */
export async function misanswer(
  fault: AnswerFault,
  {
    body = Buffer.alloc(0),
    response,
    random,
  }: { body: Buffer | undefined; response: ServerResponse; random: () => number },
): Promise<void> {
  // The request's socket: a pipelined response has none of its own before its turn.
  const { socket } = response.req;
  // Closing halves a body in flight: the raw socket takes over from Node's framing here.
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`;
  const firstHalf = body.subarray(0, Math.floor(body.length / 2));
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, { 'content-length': 0 }).end();
      return;
    case 'drop-write':
      response.writeHead(200, { 'content-length': 0 }).end();
      return;
    case 'flip-byte':
      response.writeHead(200, { 'content-length': body.length }).end(flipped(body, random));
      return;
    case 'truncate':
      if (fault.how === 'close') socket.end(Buffer.concat([Buffer.from(head), firstHalf]));
      else response.writeHead(200, { 'content-length': firstHalf.length }).end(firstHalf);
      return;
    case 'never-answer':
      return;
    case 'reset':
      if (fault.when === 'in-body') {
        // A reset throws away what the kernel has not sent, so the half must be on its way first.
        socket.write(Buffer.concat([Buffer.from(head), firstHalf]));
        await sleep(20);
      }
      socket.resetAndDestroy();
      return;
    case 'garbage':
      socket.end('220 mail.example.org ESMTP ready\r\n');
      return;
    case 'drip': {
      response.writeHead(200, { 'content-length': body.length });
      const step = Math.max(1, Math.ceil(body.length / 8));
      for (let at = 0; at < body.length && !socket.destroyed; at += step) {
        response.write(body.subarray(at, at + step));
        await sleep(fault.everyMs);
      }
      response.end();
      return;
    }
    default:
      fault satisfies never;
  }
}

/** A copy with one bit changed; the stored bytes stay good. An empty body has none to change. */
function flipped(body: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(body);
  const at = Math.floor(random() * copy.length);
  if (copy.length > 0) copy[at] = copy[at]! ^ (1 << Math.floor(random() * 8));
  return copy;
}
