import { STATUS_CODES } from 'node:http';

/**
 * Answers as bytes, head and body in one buffer, so that a small answer is one write. RFC 9110 wants
 * a Date; it is made once a second.
 */

/** A whole answer with a small body. */
export function wholeAnswer(body: Uint8Array, close: boolean): Buffer {
  const text = headText(body.length, close);
  const answer = Buffer.allocUnsafe(text.length + body.length);
  answer.write(text, 'latin1');
  answer.set(body, text.length);
  return answer;
}

/** The head of a 200 answer whose body follows, or stays away because the request was a HEAD. */
export function answerHead(sizeBytes: number, close: boolean): Buffer {
  return Buffer.from(headText(sizeBytes, close), 'latin1');
}

/** An answer that is its status. */
export function emptyAnswer(status: number, close: boolean): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${date()}\r\n${close ? closeLine : ''}Content-Length: 0\r\n\r\n`,
    'latin1',
  );
}

/** An answer that says why, for a person. */
export function textAnswer(status: number, message: string, close: boolean): Buffer {
  const body = Buffer.from(`${message}\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nDate: ${date()}\r\n${close ? closeLine : ''}Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

function headText(sizeBytes: number, close: boolean): string {
  return `HTTP/1.1 200 OK\r\nDate: ${date()}\r\n${close ? closeLine : ''}Content-Type: application/octet-stream\r\nContent-Length: ${sizeBytes}\r\n\r\n`;
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
