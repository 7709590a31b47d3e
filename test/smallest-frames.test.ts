import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { sha256Of } from '../src/core/index.ts';
import { read } from '../src/testing/byte-stream.ts';
import { callerOf } from '../src/testing/caller.ts';
import { costOf, longestTurnMs } from '../src/testing/longest-turn.ts';
import { startReapi } from '../src/testing/start-reapi.ts';

/**
 * The smallest frames of HTTP/2 by the hundred thousand, most of which Node's HTTP/2 ends a
 * connection for. None may take much memory, or stop others for longer than a large good message.
 */
const frames = 100_000;
const mebibyte = 2 ** 20;
const memoryBytesMax = 150 * mebibyte;
const ratioMax = 10;

const types = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
  unknown: 0x55,
} as const;
const endHeaders = 4;

function frame(type: keyof typeof types, payload: Buffer | string, stream = 0, flags = 0): Buffer {
  const body = Buffer.from(payload as string, 'latin1');
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = types[type];
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A header that is not put into the table. RFC 7541, 6.2.2. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name),
    Buffer.of(value.length),
    Buffer.from(value),
  ]);
}

const requestHead = Buffer.concat(
  Object.entries({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/google.bytestream.ByteStream/Write',
    ':authority': 'localhost',
    'content-type': 'application/grpc',
    te: 'trailers',
  }).map(([name, value]) => literal(name, value)),
);
const beginCall = (stream: number): Buffer => frame('headers', requestHead, stream, endHeaders);
const preface = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame('settings', ''),
]);

const many = (one: Buffer, count = frames): Buffer => Buffer.alloc(one.length * count, one);
/** Odd numbers are the client's. */
const streams = Array.from({ length: 100 }, (_, index) => 2 * index + 1);

const floods: Readonly<Record<string, Buffer>> = {
  PING: many(frame('ping', '12345678')),
  'SETTINGS of nothing': many(frame('settings', '')),
  'SETTINGS of a value that changes nothing': many(frame('settings', '\0\x04\0\0\xff\xff')),
  'PRIORITY of streams that are not there': many(frame('priority', '\0\0\0\0\x10', 7)),
  'WINDOW_UPDATE of a byte': many(frame('windowUpdate', '\0\0\0\x01')),
  'WINDOW_UPDATE of nothing': many(frame('windowUpdate', '\0\0\0\0')),
  'frames of an unknown type': many(frame('unknown', '')),
  GOAWAY: many(frame('goAway', '\0\0\0\0\0\0\0\0')),
  'DATA of nothing': Buffer.concat([beginCall(1), many(frame('data', '', 1))]),
  // A message of 60,000 bytes on each stream, as much as a window of HTTP/2 takes.
  'DATA of a byte': Buffer.concat([
    beginCall(1),
    frame('data', '\0\0\0\xea\x60', 1),
    many(frame('data', '\x7a', 1), 60_000),
  ]),
  'DATA of a byte on many streams': Buffer.concat(
    streams.flatMap((stream) => [
      beginCall(stream),
      frame('data', '\0\0\0\x03\xe8', stream),
      many(frame('data', '\x7a', stream), 600),
    ]),
  ),
  'messages of nothing': Buffer.concat([
    beginCall(1),
    many(frame('data', '\0\0\0\0\0', 1), 13_000),
  ]),
  'CONTINUATION of nothing': Buffer.concat([
    frame('headers', '', 1),
    many(frame('continuation', '', 1)),
  ]),
  'CONTINUATION of a header': Buffer.concat([
    frame('headers', requestHead, 1),
    many(frame('continuation', literal('a', 'b'), 1)),
  ]),
  'headers of a letter': frame(
    'headers',
    Buffer.concat([requestHead, many(literal('a', ''), 4000)]).subarray(0, 16_000),
    1,
    endHeaders,
  ),
  'calls that are reset at once': Buffer.concat(
    Array.from({ length: 10_000 }, (_, index) =>
      Buffer.concat([beginCall(2 * index + 1), frame('rstStream', '\0\0\0\x08', 2 * index + 1)]),
    ),
  ),
};

const server = await startReapi({ after });
const blob = Buffer.alloc(4 * mebibyte, 'good');
const resourceName = `blobs/${sha256Of(blob)}/${blob.length}`;
const signal = AbortSignal.timeout(600_000);
await server.cache.put({ space: 'cas', hash: sha256Of(blob) }, callerOf(), blob, { signal });
const readGood = async (): Promise<void> => {
  assert.equal((await read(server, resourceName)).length, blob.length);
};
// The first one also compiles.
await readGood();
const goodMs = await longestTurnMs(readGood);

for (const [what, bytes] of Object.entries(floods)) {
  test(what, async () => {
    const { turnMs, grownBytes } = await costOf(() => flood(bytes), ratioMax * goodMs);
    assert.ok(grownBytes < memoryBytesMax, `took ${grownBytes} bytes`);
    const ratio = turnMs / goodMs;
    assert.ok(ratio < ratioMax, `stops others ${ratio} times as long as a good message of 4 MiB`);
    await readGood();
  });
}

/** Sends all of it, reads what comes, and leaves once the server has taken it or has had enough. */
async function flood(bytes: Buffer): Promise<void> {
  const socket = connect({ port: Number(server.address.split(':')[1]), host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.resume();
  const closed = once(socket, 'close');
  socket.write(Buffer.concat([preface, bytes]), () => {
    // An answer to a last PING would come behind all else; so does the server's end of a connection.
    socket.write(frame('ping', 'the last'));
    // Node may have stopped reading from this client: what is judged has happened by then.
    setTimeout(() => socket.destroy(), 500).unref();
  });
  let tail = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-100);
    if (tail.includes('the last')) socket.destroy();
  });
  await closed;
  assert.ok(socket.bytesWritten > 0);
}
