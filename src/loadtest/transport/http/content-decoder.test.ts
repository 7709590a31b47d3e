import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { PlainArtifactClient } from '../../../protocols/shared/opaque/plain-load-client.ts';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { listen, onRequests } from '../../../testing/raw-http-server.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { LoadConnection } from '../load-connection.ts';
import { ContentDecoder } from './content-decoder.ts';

const artifact = new PayloadPool(createPoolMemory(1, 0.9)).artifact('a'.repeat(64), 700_000);
const content = wholeOf(artifact.payload);
const client = new PlainArtifactClient({ path: ({ key }) => `/${key}`, removes: false });

function wholeOf(payload: typeof artifact.payload): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < payload.sizeBytes; at += pieces.at(-1)!.length) {
    pieces.push(payload.piece(at));
  }
  return Buffer.concat(pieces);
}

async function connectionTo(
  t: TestContext,
  answer: (socket: Socket) => void,
): Promise<LoadConnection> {
  const url = `http://127.0.0.1:${await listen(t, (socket) => onRequests(socket, () => answer(socket)))}`;
  return openLoadConnection(t, { url });
}

function encodedAs(coding: string, body: Buffer, more = ''): Buffer {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n${more}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

for (const [coding, body] of [
  ['gzip', gzipSync(content)],
  ['x-gzip', gzipSync(content)],
  ['deflate', deflateSync(content)],
  ['deflate', deflateRawSync(content)],
  ['br', brotliCompressSync(content)],
] as const) {
  test(`content encoded as ${coding} is decoded before it is compared, on one connection`, async (t) => {
    const connection = await connectionTo(t, (socket) => socket.write(encodedAs(coding, body)));
    for (let round = 0; round < 3; round += 1) {
      assert.equal(await client.lookup(connection, artifact), 'hit');
    }
    assert.equal(connection.opened, 1);
  });
}

test('in chunks, and up to the end of the connection', async (t) => {
  const body = gzipSync(content);
  const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n';
  const size = body.length.toString(16);
  const chunked = await connectionTo(t, (socket) => {
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${size}\r\n`);
    socket.write(body);
    socket.write('\r\n0\r\n\r\n');
  });
  assert.equal(await client.lookup(chunked, artifact), 'hit');
  const closed = await connectionTo(t, (socket) => {
    socket.write(`${head}\r\n`);
    socket.end(body);
  });
  assert.equal(await client.lookup(closed, artifact), 'hit');
  assert.equal(await client.lookup(closed, artifact), 'hit');
  // The server ends the connection with its answer, which is still being decoded.
  const ended = await connectionTo(t, (socket) => socket.end(encodedAs('gzip', body)));
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await client.lookup(ended, artifact), 'hit');
  }
});

test('other content than was stored stays wrong bytes', async (t) => {
  const other = Buffer.from(content);
  other[500_000]! ^= 1;
  for (const body of [other, content.subarray(0, 1000), Buffer.concat([content, content])]) {
    const wrong = await connectionTo(t, (socket) =>
      socket.write(encodedAs('gzip', gzipSync(body))),
    );
    await assert.rejects(client.lookup(wrong, artifact), { kind: 'integrity' });
  }
});

test('a few bytes that stand for many pass through in small pieces', async (t) => {
  const bomb = gzipSync(Buffer.alloc(16 * 2 ** 20));
  const connection = await connectionTo(t, (socket) => socket.write(encodedAs('gzip', bomb)));
  let [received, largest] = [0, 0];
  await connection.exchange({ method: 'GET', path: '/' }, ({ length }) => {
    received += length;
    largest = Math.max(largest, length);
  });
  assert.deepEqual([received, largest <= 64 * 1024], [16 * 2 ** 20, true]);
});

test('content that decodes to more than the largest artifact ends there', async () => {
  const bomb = gzipSync(Buffer.alloc(16 * 2 ** 20));
  let received = 0;
  const failure = await new Promise((resolve) => {
    const sink = ({ length }: Buffer): void => {
      received += length;
    };
    const decoder = new ContentDecoder('gzip', { status: 200, sink }, resolve, 2 ** 20);
    decoder.write(bomb);
    decoder.end(() => resolve(undefined));
  });
  assert.ok(failure instanceof OperationFailure);
  assert.equal(failure.kind, 'protocol');
  assert.match(failure.message, /decodes to more than the largest artifact, 1\.00 MiB$/);
  assert.equal(received, 2 ** 20);
});

test('what cannot be decoded is named, and is not wrong bytes', async (t) => {
  const body = gzipSync(content);
  for (const coding of ['zstd', 'compress', 'gzip, br', 'made-up']) {
    const connection = await connectionTo(t, (socket) => socket.write(encodedAs(coding, body)));
    await assert.rejects(client.lookup(connection, artifact), {
      kind: 'protocol',
      message: new RegExp(`Content-Encoding: ${coding}`),
    });
  }
  for (const broken of [body.subarray(0, 5000), content.subarray(0, 5000)]) {
    const connection = await connectionTo(t, (socket) => socket.write(encodedAs('gzip', broken)));
    await assert.rejects(client.lookup(connection, artifact), {
      kind: 'protocol',
      message: /Content-Encoding: gzip.*cannot be decoded/,
    });
  }
  const trailing = Buffer.concat([encodedAs('gzip', body), Buffer.from('more')]);
  const connection = await connectionTo(t, (socket) => socket.write(trailing));
  await assert.rejects(client.lookup(connection, artifact), { kind: 'protocol' });
});

test('content that is empty, of an error, or that nobody reads needs no decoding', async (t) => {
  const empty = await connectionTo(t, (socket) => socket.write(encodedAs('gzip', Buffer.alloc(0))));
  let received = 0;
  const get = { method: 'GET', path: '/' } as const;
  await empty.exchange(get, (chunk) => {
    received += chunk.length;
  });
  assert.equal(received, 0);
  const unread = await connectionTo(t, (socket) =>
    socket.write(encodedAs('zstd', Buffer.from('any'))),
  );
  assert.equal((await unread.exchange(get)).status, 200);
  const failed = await connectionTo(t, (socket) => {
    socket.write(encodedAs('zstd', Buffer.from('any')).toString().replace('200 OK', '500 No'));
  });
  await assert.rejects(client.lookup(failed, artifact), { kind: 'http_5xx' });
});

test('an operation whose time is over while its answer is decoded has timed out', async (t) => {
  const connection = await connectionTo(t, (socket) =>
    socket.write(encodedAs('gzip', gzipSync(content))),
  );
  const lookup = connection.exchange({ method: 'GET', path: '/' }, () => connection.expire());
  await assert.rejects(lookup, { kind: 'timeout' });
  assert.equal(await client.lookup(connection, artifact), 'hit');
  assert.equal(connection.opened, 2);
});
