import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256Of } from '../src/core/index.ts';
import { ByteStream } from '../src/protocols/shared/protobuf/generated/bytestream.pb.ts';
import { ContentAddressableStorage } from '../src/protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { eventually } from '../src/testing/byte-stream.ts';
import { GrpcClient } from '../src/testing/grpc-client.ts';
import { type InProcessServer, startInProcess } from '../src/testing/start-in-process.ts';
import { talkRedis } from '../src/testing/talk-redis.ts';
import { tempDir } from '../src/testing/temp-dir.ts';

/**
 * A byte of a stored body changes while the server is down. Then each body is read, whole and by
 * ranges, over HTTP, gRPC and Redis: what arrives is right, or it is a miss or an error.
 */
const places: Readonly<Record<string, { readonly sizeBytes: number; readonly at: number }>> = {
  'a body in the index': { sizeBytes: 900, at: 450 },
  'a body in a file, without chunks': { sizeBytes: 100_000, at: 99_999 },
  'the first chunk': { sizeBytes: 1_300_000, at: 0 },
  'a chunk in the middle': { sizeBytes: 1_300_000, at: 600_000 },
  'the last chunk': { sizeBytes: 1_300_000, at: 1_299_999 },
};

interface Body {
  readonly bytes: Buffer;
  /** Where it is damaged. */
  readonly at: number;
}

/** The part of a body that is read: `undefined` is all of it. */
type Part = { readonly offset: number; readonly length: number } | undefined;

/** What came of a body; `isWhole`: as much as its protocol announces. */
interface Arrived {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

interface Reader {
  readonly what: string;
  readonly store: 'http' | 'redis';
  /** The largest body that can be read so. */
  readonly sizeBytesMax?: number;
  readonly takesParts: boolean;
  /** @returns undefined for a miss. */
  read(server: InProcessServer, body: Body, part: Part): Promise<Arrived | undefined>;
}

const readers: readonly Reader[] = [
  { what: 'HTTP', store: 'http', takesParts: true, read: readHttp },
  { what: 'ByteStream.Read', store: 'http', takesParts: true, read: readStream },
  {
    what: 'BatchReadBlobs',
    store: 'http',
    sizeBytesMax: 1_000_000,
    takesParts: false,
    read: readBatch,
  },
  { what: 'Redis', store: 'redis', takesParts: true, read: readRedis },
];

/** A read of one body of its own, since what is found damaged is dropped. */
interface Case {
  readonly name: string;
  readonly reader: Reader;
  readonly body: Body;
  readonly part: Part;
}

const cases: readonly Case[] = Object.entries(places).flatMap(([place, { sizeBytes, at }]) =>
  readers
    .filter(({ sizeBytesMax = Infinity }) => sizeBytes <= sizeBytesMax)
    .flatMap((reader) =>
      Object.entries(partsOf(sizeBytes, at, reader.takesParts)).map(([which, part]) => ({
        name: `${place}, ${which}, over ${reader.what}`,
        reader,
        body: { bytes: randomBytes(sizeBytes), at },
        part,
      })),
    ),
);

function partsOf(sizeBytes: number, at: number, takesParts: boolean): Record<string, Part> {
  const whole = { whole: undefined };
  if (!takesParts) return whole;
  return {
    ...whole,
    'the damaged byte alone': { offset: at, length: 1 },
    'a part with it': { offset: Math.max(0, at - 10), length: 11 },
    'a part without it':
      at > sizeBytes / 2 ? { offset: 0, length: 20 } : { offset: sizeBytes - 20, length: 20 },
  };
}

const notFound = 5;
const quit = '*1\r\n$4\r\nQUIT\r\n';
let damagedReads = 0;

const dir = await tempDir({ after });
const options = {
  env: {
    MEMOBUILD_STORE: 'embedded',
    MEMOBUILD_DIR: dir,
    MEMOBUILD_REDIS_PORT: '0',
    MEMOBUILD_GRPC_PORT: '0',
  },
};
const first = await startInProcess({ after }, options);
await storeAll(first);
await first.server.drain();
damageAll(cases.map(({ body }) => body));
const server = await startInProcess({ after }, options);
const grpc = new GrpcClient({ after }, `127.0.0.1:${server.otherPorts.grpc}`);

for (const { name, reader, body, part } of cases) {
  test(name, async () => {
    const { offset, length } = part ?? { offset: 0, length: body.bytes.length };
    const expected = body.bytes.subarray(offset, offset + length);
    const arrived = await reader.read(server, body, part);
    if (arrived !== undefined) {
      assert.ok(arrived.bytes.equals(expected.subarray(0, arrived.bytes.length)), 'wrong bytes');
    }
    const isWhole = arrived?.isWhole === true && arrived.bytes.length === length;
    const hasDamage = offset <= body.at && body.at < offset + length;
    if (hasDamage) damagedReads += 1;
    if (hasDamage) assert.ok(!isWhole, 'damage was not seen');
    // What was found damaged is dropped a moment later.
    if (hasDamage) await eventually(async () => !(await reader.read(server, body, undefined)));
    else if (body.bytes.length > 2 ** 20) assert.ok(isWhole, 'only what is read is compared');
  });
}

test('each damage is counted', async () => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const counted = Number(/^memobuild_store_damaged_entries_total (\d+)$/m.exec(metrics)?.[1]);
  assert.ok(damagedReads > 30);
  assert.ok(counted >= damagedReads, `${counted} of ${damagedReads}`);
});

async function storeAll({ url, otherPorts }: InProcessServer): Promise<void> {
  for (const { reader, body } of cases) {
    const { bytes } = body;
    if (reader.store === 'http') {
      const { status } = await fetch(`${url}/cas/${sha256Of(bytes)}`, {
        method: 'PUT',
        body: bytes,
      });
      assert.ok(status === 200 || status === 201, `${status}`);
    } else {
      const key = sha256Of(bytes);
      const head = `*3\r\n$3\r\nSET\r\n$64\r\n${key}\r\n$${bytes.length}\r\n`;
      const answer = await talkRedis(otherPorts.redis!, head, bytes, `\r\n${quit}`);
      assert.ok(answer.startsWith('+OK'), answer);
    }
  }
}

/** Changes a byte of each body wherever it lies in the store's files, pages that are not used any more included. */
function damageAll(bodies: readonly Body[]): void {
  const left = new Set(bodies);
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = readFileSync(path);
    for (const body of bodies) {
      const start = body.bytes.subarray(0, 64);
      for (let found = file.indexOf(start); found !== -1; found = file.indexOf(start, found + 1)) {
        const descriptor = openSync(path, 'r+');
        writeSync(descriptor, Buffer.of(body.bytes[body.at]! ^ 1), 0, 1, found + body.at);
        closeSync(descriptor);
        left.delete(body);
      }
    }
  }
  assert.equal(left.size, 0, 'bodies that were not found in the store');
}

async function readHttp(
  { url }: InProcessServer,
  { bytes }: Body,
  part: Part,
): Promise<Arrived | undefined> {
  const headers = part && { range: `bytes=${part.offset}-${part.offset + part.length - 1}` };
  const response = await fetch(`${url}/cas/${sha256Of(bytes)}`, headers && { headers });
  if (response.status === 404) return void (await response.arrayBuffer());
  assert.equal(response.status, part === undefined ? 200 : 206);
  return await collected(response.body!);
}

async function readStream(
  _server: InProcessServer,
  { bytes }: Body,
  part: Part,
): Promise<Arrived | undefined> {
  const request = {
    resourceName: `blobs/${sha256Of(bytes)}/${bytes.length}`,
    readOffset: BigInt(part?.offset ?? 0),
    readLimit: BigInt(part?.length ?? 0),
  };
  const stream = grpc.serverStream(ByteStream.method.read, request);
  const arrived = await collected(
    (async function* () {
      for await (const { data } of stream) yield data;
    })(),
  );
  return arrived.error?.code === notFound && arrived.bytes.length === 0 ? undefined : arrived;
}

async function readBatch(_server: InProcessServer, { bytes }: Body): Promise<Arrived | undefined> {
  const digest = { hash: sha256Of(bytes), sizeBytes: BigInt(bytes.length) };
  const { batchReadBlobs } = ContentAddressableStorage.method;
  const { responses } = await grpc.unary(batchReadBlobs, { digests: [digest] });
  const [{ data, status }] = responses as [(typeof responses)[0]];
  if (status?.code === notFound) return undefined;
  return { bytes: Buffer.from(data), isWhole: (status?.code ?? 0) === 0 };
}

async function readRedis(
  { otherPorts }: InProcessServer,
  { bytes }: Body,
  part: Part,
): Promise<Arrived | undefined> {
  const key = sha256Of(bytes);
  const words =
    part === undefined
      ? ['GET', key]
      : ['GETRANGE', key, `${part.offset}`, `${part.offset + part.length - 1}`];
  const asked = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('');
  const answer = await talkRedis(otherPorts.redis!, `*${words.length}\r\n${asked}${quit}`);
  const [, size, rest = ''] = /^\$(-?\d+)\r\n(.*)$/s.exec(answer) ?? [];
  const sizeBytes = Number(size);
  if (sizeBytes === -1 || (part !== undefined && sizeBytes === 0)) return undefined;
  assert.ok(sizeBytes > 0, answer.slice(0, 100));
  const came = Buffer.from(rest, 'latin1').subarray(0, sizeBytes);
  return { bytes: came, isWhole: came.length === sizeBytes };
}

/** Reads until the end, or until what is wrong is seen. */
async function collected(
  body: AsyncIterable<Uint8Array>,
): Promise<Arrived & { readonly error?: { readonly code?: number } }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), isWhole: true };
  } catch (error) {
    return { bytes: Buffer.concat(chunks), isWhole: false, error: error as { code?: number } };
  }
}
