import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { fastHeadBytesMax, HeadParser } from './head-parser.ts';

const hash = '0123456789abcdef'.repeat(4);
const get = `GET /cas/${hash} HTTP/1.1\r\nHost: cache\r\n\r\n`;
const put = `PUT /team/ac/${hash} HTTP/1.1\r\nHost: cache\r\nContent-Length: 5\r\n\r\nhello`;

const accepted: { name: string; text: string; expect: Partial<HeadParser> }[] = [
  {
    name: 'GET',
    text: get,
    expect: { method: 'GET', space: 'cas', contentLength: -1, close: false },
  },
  {
    name: 'PUT with an instance',
    text: put,
    expect: { method: 'PUT', space: 'ac', contentLength: 5 },
  },
  { name: 'HEAD', text: get.replace('GET', 'HEAD'), expect: { method: 'HEAD' } },
  {
    name: 'Connection: close in any case',
    text: get.replace('\r\n\r\n', '\r\ncOnNeCtIoN: CLOSE\r\n\r\n'),
    expect: { close: true },
  },
  {
    name: 'values with surrounding blanks, unknown headers',
    text: get.replace('\r\n\r\n', '\r\nX-Y:\t a b \t\r\nconnection: keep-alive \r\n\r\n'),
    expect: { close: false },
  },
  {
    name: 'what Bazel sends',
    text: get.replace(
      '\r\n\r\n',
      '\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nUser-Agent: bazel/4.2.3\r\n\r\n',
    ),
    expect: { method: 'GET' },
  },
];

for (const { name, text, expect } of accepted) {
  test(`takes ${name}`, () => {
    const parser = new HeadParser();
    const bytes = Buffer.from(`xx${text}`, 'latin1');
    assert.equal(parser.parse(bytes, 2, fastHeadBytesMax), 'request');
    for (const [field, value] of Object.entries(expect)) {
      assert.equal(parser[field as keyof HeadParser], value, field);
    }
    assert.equal(parser.end - 2, text.indexOf('\r\n\r\n') + 4);
    assert.equal(bytes.toString('latin1', parser.hashStart, parser.hashStart + 64), hash);
  });
}

const withHeader = (line: string): string => get.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`);
const refused: Record<string, string> = {
  'another method': get.replace('GET', 'POST'),
  'a lower-case method': get.replace('GET', 'get'),
  'HTTP/1.0': get.replace('1.1', '1.0'),
  'two blanks after the method': get.replace('GET ', 'GET  '),
  'an upper-case key': get.replace(hash, hash.toUpperCase()),
  'a key too long': get.replace(hash, `${hash}0`),
  'a key too short': get.replace(hash, hash.slice(1)),
  'another space': get.replace('/cas/', '/blob/'),
  'a space that only ends like ours': get.replace('/cas/', '/xcas/'),
  'a query': get.replace(hash, `${hash}?x=1`),
  'an escape': get.replace('/cas/', '/%63as/'),
  'an empty segment': get.replace('/cas/', '//cas/'),
  'a dot segment': get.replace('/cas/', '/../cas/'),
  'an absolute URL': get.replace('/cas/', 'http://cache/cas/'),
  'no Host': get.replace('Host: cache\r\n', ''),
  'two Hosts': withHeader('Host: other'),
  'bare line feeds': get.replaceAll('\r\n', '\n'),
  'a folded header': withHeader('X-A: b\r\n c'),
  'a blank before the colon': withHeader('X-A : b'),
  'a header without a name': withHeader(': b'),
  'a control character in a value': withHeader('X-A: b\u0001'),
  'a byte above ASCII': withHeader('X-A: \u00e4'),
  chunked: withHeader('Transfer-Encoding: chunked'),
  'an expectation': withHeader('Expect: 100-continue'),
  'an upgrade': withHeader('Connection: upgrade'),
  'a list in Connection': withHeader('Connection: keep-alive, close'),
  'a range': withHeader('Range: bytes=0-1'),
  'an encoding we might have to send': withHeader('Accept-Encoding: zstd'),
  'JSON requested': withHeader('Accept: application/json'),
  'two lengths': put.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n'),
  'a signed length': put.replace(': 5', ': +5'),
  'a hexadecimal length': put.replace(': 5', ': 0x5'),
  'an empty length': put.replace(': 5', ': '),
  'a length too long to be exact': put.replace(': 5', ': 9999999999999999'),
  'a list of lengths': put.replace(': 5', ': 5, 5'),
};

for (const [name, text] of Object.entries(refused)) {
  test(`hands over ${name}`, () => {
    assert.equal(
      new HeadParser().parse(Buffer.from(text, 'latin1'), 0, fastHeadBytesMax),
      'handover',
    );
  });
}

test('hands over every head that has not come whole', () => {
  const parser = new HeadParser();
  const head = put.slice(0, put.indexOf('hello'));
  for (let length = 0; length < head.length; length += 1) {
    assert.equal(
      parser.parse(Buffer.from(head.slice(0, length)), 0, fastHeadBytesMax),
      'handover',
      `${length}`,
    );
  }
  assert.equal(parser.parse(Buffer.from(head), 0, fastHeadBytesMax), 'request');
});

test('never reads a mutated request otherwise than Node does', async () => {
  const random = seeded(20260228);
  const parser = new HeadParser();
  let taken = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const text = mutate(random() < 0.5 ? get : put, random);
    const bytes = Buffer.from(text, 'latin1');
    if (parser.parse(bytes, 0, fastHeadBytesMax) === 'handover') continue;
    taken += 1;
    const node = await readByNode(bytes);
    assert.ok(node !== undefined, `Node refuses ${JSON.stringify(text)}`);
    assert.equal(node.method, parser.method, JSON.stringify(text));
    const path = bytes.toString('latin1', parser.pathStart, parser.hashStart + 64);
    assert.equal(node.url, path, JSON.stringify(text));
    assert.equal(node.headers['transfer-encoding'], undefined, JSON.stringify(text));
    const announced = node.headers['content-length'];
    assert.equal(announced === undefined ? -1 : Number(announced), parser.contentLength, text);
  }
  // Mutations that change nothing that matters must remain, or the comparison compares nothing.
  assert.ok(taken > 200, `${taken} heads taken`);
});

/** What Node's HTTP server makes of the bytes; `undefined` where it answers 400. */
function readByNode(bytes: Buffer): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const server = createServer((request) => resolve(request));
    server.on('clientError', () => resolve(undefined));
    const socket = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
    server.emit('connection', socket);
    socket.push(bytes);
    // Nothing said after all bytes were read: Node waits for more, so it took the head for unfinished.
    setImmediate(() => setImmediate(() => resolve(undefined)));
  });
}

const splices = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  ',',
  '0',
  '5',
  'chunked',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Host: x\r\n',
  'X: y\r\n',
  '\u00ff',
  'HTTP/1.1',
  '/',
]; // prettier-ignore

function mutate(text: string, random: () => number): string {
  let mutated = text;
  for (let count = 1 + Math.floor(random() * 3); count > 0; count -= 1) {
    const at = Math.floor(random() * (mutated.length + 1));
    const splice = splices[Math.floor(random() * splices.length)] as string;
    const removed = random() < 0.5 ? 0 : Math.floor(random() * 3);
    mutated =
      random() < 0.7
        ? mutated.slice(0, at) + splice + mutated.slice(at + removed)
        : mutated.slice(0, at) +
          String.fromCharCode(Math.floor(random() * 256)) +
          mutated.slice(at + 1);
  }
  return mutated;
}

/** A small linear congruential generator: the same mutations in every run. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
