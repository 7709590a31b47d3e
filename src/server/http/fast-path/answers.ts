import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { CacheHit } from '../../../cache/index.ts';
import { Scratch } from '../../../core/index.ts';
import type { UniversalResponse } from '../../../protocols/index.ts';

/**
 * Answers as bytes, head and body in one buffer, so that a small answer is one write. RFC 9110
 * requires a Date; it is formatted once per second.
 */

/**
 * Writes a whole answer whose body is in memory.
 * @returns whether all of it left, or as much that more may be written: else `drain` follows.
 */
export function writeWhole(
  socket: Socket,
  hit: CacheHit,
  body: Uint8Array,
  close: boolean,
): boolean {
  const flushed =
    body.length <= copiedBytesMax
      ? writeCopied(socket, hit, body, close)
      : writeBoth(socket, hit, body, close);
  return flushed || socket.writableLength === 0;
}

/** Up to this size a copy costs less than a second buffer in the system call does. */
const copiedBytesMax = 16 * 1024;

/**
 * Head and body in one piece, in memory that the next answer uses again; unless the kernel did not
 * take them all: then that memory is the socket's until it did.
 */
function writeCopied(socket: Socket, hit: CacheHit, body: Uint8Array, close: boolean): boolean {
  const text = headText(hit, close);
  const answer = scratch.take(text.length + body.length);
  answer.write(text, 'latin1');
  answer.set(body, text.length);
  const flushed = socket.write(answer);
  if (socket.writableLength > 0) scratch.giveAway();
  return flushed;
}

const scratch = new Scratch(copiedBytesMax + 1024);

/** Head and body in one system call. Nobody changes a body that was proven. */
function writeBoth(socket: Socket, hit: CacheHit, body: Uint8Array, close: boolean): boolean {
  socket.cork();
  socket.write(answerHead(hit, close));
  const flushed = socket.write(body);
  socket.uncork();
  return flushed;
}

/** The head of a 200 answer whose body follows, or stays away because the request was a HEAD. */
export function answerHead(hit: CacheHit, close: boolean): Buffer {
  return Buffer.from(headText(hit, close), 'latin1');
}

/** Any other answer of a protocol that holds its body whole. */
export function renderAnswer(response: UniversalResponse, close: boolean): Buffer {
  const { status, headers, body } = response;
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${date()}\r\n${close ? closeLine : ''}`;
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
  const head = Buffer.from(`${text}\r\n`, 'latin1');
  return body instanceof Uint8Array ? Buffer.concat([head, body]) : head;
}

function headText({ sizeBytes, sha256 }: CacheHit, close: boolean): string {
  return `HTTP/1.1 200 OK\r\nDate: ${date()}\r\n${close ? closeLine : ''}Content-Type: application/octet-stream\r\nContent-Length: ${sizeBytes}\r\nETag: "${sha256}"\r\n\r\n`;
}

const closeLine = 'Connection: close\r\n';

let dateText = '';
let dateSecond = 0;

function date(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
