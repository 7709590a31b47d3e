import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Of } from '../../core/index.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import type { Store } from '../../storage/index.ts';
import {
  blobName,
  eventually,
  mixedBytes,
  queryStatus,
  read,
  rejectsWith,
  write,
} from '../../testing/byte-stream.ts';
import { callerOf } from '../../testing/caller.ts';
import { type RunningReapi, startReapi } from '../../testing/start-reapi.ts';
import { ByteStream } from '../shared/protobuf/generated/bytestream.pb.ts';
import { zstdCompressWhole, zstdDecompressWhole } from '../shared/zstd/index.ts';
import { grpcCodes } from './errors.ts';

describe('ByteStream', () => {
  const sizes = [0, 1, 1000, 65_536, 2 ** 20 - 1, 2 ** 20 + 1, 5 * 2 ** 20 + 3];
  for (const sizeBytes of sizes) {
    for (const digestFunction of ['sha256', 'blake3'] as const) {
      test(`${sizeBytes} bytes by ${digestFunction} come back, plain and zstd`, async (t) => {
        const server = await startReapi(t);
        const bytes = mixedBytes(sizeBytes);
        const blob = blobName(bytes, digestFunction);
        const isEmpty = sizeBytes === 0;
        if (!isEmpty) await rejectsWith(grpcCodes.notFound, read(server, `blobs/${blob}`));
        const committed = await write(server, `uploads/${randomUUID()}/blobs/${blob}`, bytes);
        assert.equal(committed, BigInt(sizeBytes));
        assert.ok((await read(server, `blobs/${blob}`)).equals(bytes));
        const encoded = await read(server, `compressed-blobs/zstd/${blob}`);
        assert.ok(Buffer.from(await zstdDecompressWhole(encoded, sizeBytes)).equals(bytes));
      });
    }
  }

  test('a blob sent as zstd is stored as itself', async (t) => {
    const server = await startReapi(t);
    const bytes = mixedBytes(3 * 2 ** 20);
    const encoded = await zstdCompressWhole(bytes);
    const blob = blobName(bytes);
    const name = `a/b/uploads/${randomUUID()}/compressed-blobs/zstd/${blob}`;
    assert.equal(await write(server, name, encoded), BigInt(encoded.length));
    assert.ok((await read(server, `x/y/blobs/${blob}`)).equals(bytes), 'any instance reads it');
    assert.equal(await write(server, name, encoded), -1n, 'it is there already');
    const http = await fetch(`${server.httpUrl}/cas/${sha256Of(bytes)}`);
    assert.ok(Buffer.from(await http.arrayBuffer()).equals(bytes));
  });

  test('ranges are served as asked', async (t) => {
    const server = await startReapi(t);
    for (const sizeBytes of [1000, 3 * 2 ** 20]) {
      const bytes = mixedBytes(sizeBytes);
      const blob = await store(server, bytes);
      const ranges = [
        [0, 10],
        [500, 0],
        [999, 1],
        [sizeBytes, 0],
        [sizeBytes, 7],
        [100, 10 * sizeBytes],
        [0, sizeBytes],
      ] as const;
      for (const [offset, limit] of ranges) {
        const part = await read(server, `blobs/${blob}`, offset, limit);
        const end = limit === 0 ? sizeBytes : offset + limit;
        assert.ok(part.equals(bytes.subarray(offset, end)), `${offset} ${limit}`);
      }
      const tail = await read(server, `compressed-blobs/zstd/${blob}`, 300);
      const decoded = Buffer.from(await zstdDecompressWhole(tail, sizeBytes - 300));
      assert.ok(decoded.equals(bytes.subarray(300)));
    }
  });

  const badReads = [
    { name: 'past the end', offset: 11, code: grpcCodes.outOfRange },
    { name: 'before the start', offset: -1, code: grpcCodes.outOfRange },
    { name: 'a negative limit', limit: -1, code: grpcCodes.invalidArgument },
    { name: 'a limit on zstd', zstd: true, limit: 5, code: grpcCodes.invalidArgument },
  ];
  for (const { name, offset = 0, limit = 0, zstd = false, code } of badReads) {
    test(`a read of ${name} is refused`, async (t) => {
      const server = await startReapi(t);
      const blob = await store(server, Buffer.from('ten bytes.'));
      const kind = zstd ? 'compressed-blobs/zstd' : 'blobs';
      await rejectsWith(code, read(server, `${kind}/${blob}`, offset, limit));
    });
  }

  test('a blob of another size than asked for is not found', async (t) => {
    const server = await startReapi(t);
    const blob = await store(server, Buffer.from('ten bytes.'));
    await rejectsWith(grpcCodes.notFound, read(server, `blobs/${blob.replace(/10$/, '9')}`));
  });

  const blob = blobName(Buffer.from('four'));
  const [hash] = blob.split('/');
  const badNames = [
    '',
    'blobs',
    `blobs/${hash}`,
    `blobs/${blob}/more`,
    `blobs/${hash}/-4`,
    `blobs/${hash}/4x`,
    `blobs/${hash}/99999999999999999`,
    `blobs/${hash}/0`,
    `blobs/${hash?.toUpperCase()}/4`,
    `blobs/sha1/${blob}`,
    `blobs/../${blob}`,
    `a//blobs/${blob}`,
    `../blobs/${blob}`,
    `uploads/blobs/${blob}`,
    `uploads/x/blobs/${blob}`,
    `compressed-blobs/${blob}`,
    `compressed-blobs/deflate/${blob}`,
    `${'x/'.repeat(2000)}blobs/${blob}`,
    `a\u0000b/blobs/${blob}`,
  ];
  test('names of no form are invalid, to read and to write', async (t) => {
    const server = await startReapi(t);
    for (const name of badNames) {
      await rejectsWith(grpcCodes.invalidArgument, read(server, name));
      if (name === `uploads/x/blobs/${blob}`) continue;
      await rejectsWith(grpcCodes.invalidArgument, write(server, name, Buffer.from('four')));
    }
    assert.equal((await server.cache.usage()).entries, 0);
  });

  test('instances with slashes, and whatever follows the size of an upload, are taken', async (t) => {
    const server = await startReapi(t);
    const names = [
      `uploads/x/blobs/${blob}`,
      `/uploads/x/blobs/${blob}`,
      `a/b/c/uploads/not a uuid/blobs/${blob}/some/meta.data`,
      `größe/uploads/x/blobs/sha256/${blob}`,
    ];
    for (const name of names) {
      assert.equal(await write(server, name, Buffer.from('four')), 4n, name);
      await purgeAll(server);
    }
  });
});

describe('ByteStream.Write that goes wrong', () => {
  const bytes = mixedBytes(300_000);
  const blob = blobName(bytes);
  const name = `uploads/u/blobs/${blob}`;
  const wrong = Buffer.from(bytes);
  wrong[150_000] = wrong[150_000]! ^ 1;
  const half = bytes.subarray(0, 150_000);
  const cases: readonly WriteCase[] = [
    { what: 'wrong bytes', messages: [{ data: wrong, finishWrite: true }] },
    { what: 'too few bytes', messages: [{ data: half, finishWrite: true }] },
    {
      what: 'too many bytes',
      messages: [{ data: bytes }, at(300_000, { data: bytes, finishWrite: true })],
    },
    { what: 'a gap', messages: [{ data: half }, at(150_001, { data: half, finishWrite: true })] },
    { what: 'an overlap', messages: [{ data: half }, at(0, { data: half, finishWrite: true })] },
    {
      what: 'another name midway',
      messages: [{ data: half }, at(150_000, { data: half, resourceName: 'uploads/v/blobs/x' })],
    },
    { what: 'a negative offset', messages: [at(-1, { data: half })], code: grpcCodes.aborted },
    { what: 'a start in the middle', messages: [at(500, { data: half })], code: grpcCodes.aborted },
    { what: 'no message at all', messages: [] },
    {
      what: 'what is not zstd',
      resource: `uploads/u/compressed-blobs/zstd/${blob}`,
      messages: [{ data: bytes, finishWrite: true }],
    },
  ];
  for (const { what, messages, resource = name, code = grpcCodes.invalidArgument } of cases) {
    test(`${what}: refused, and nothing is kept`, async (t) => {
      const server = await startReapi(t, { limits: { resumableBytesMin: 2 ** 30 } });
      const { call, answer } = server.client.clientStream(ByteStream.method.write);
      for (const [index, message] of messages.entries()) {
        call.write({ ...(index === 0 && { resourceName: resource }), ...message });
      }
      call.end();
      await rejectsWith(code, answer);
      assert.equal((await server.cache.usage()).entries, 0);
      const again = write(server, name, bytes);
      assert.equal(await again, 300_000n, 'the same blob can be stored after it');
    });
  }

  test('zstd of more than was announced is refused', async (t) => {
    const server = await startReapi(t);
    const encoded = await zstdCompressWhole(Buffer.alloc(2 ** 20));
    const small = blobName(Buffer.alloc(1000));
    const upload = write(server, `uploads/u/compressed-blobs/zstd/${small}`, encoded);
    await rejectsWith(grpcCodes.invalidArgument, upload);
    assert.equal((await server.cache.usage()).entries, 0);
  });

  test('a blob over the limit is refused at its name', async (t) => {
    const server = await startReapi(t, { limits: { blobBytesMax: 1000 } });
    await rejectsWith(grpcCodes.invalidArgument, write(server, name, bytes));
  });

  test('a cancelled upload leaves nothing', async (t) => {
    const server = await startReapi(t, { limits: { resumableBytesMin: 2 ** 30 } });
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.write({ resourceName: name, data: half });
    await sleep(50);
    call.cancel();
    await rejectsWith(grpcCodes.cancelled, answer);
    await eventually(() => server.telemetry.requestsInFlight === 0);
    const status = await queryStatus(server, name);
    assert.deepEqual(status, { committedSize: 0n, complete: false });
    assert.equal((await server.cache.usage()).entries, 0);
  });

  test('an upload past its deadline ends with it', async (t) => {
    const server = await startReapi(t, { limits: { resumableBytesMin: 2 ** 30 } });
    const options = { deadlineMs: 200 };
    const { call, answer } = server.client.clientStream(ByteStream.method.write, options);
    call.write({ resourceName: name, data: half });
    await rejectsWith(grpcCodes.deadlineExceeded, answer);
    await eventually(() => server.telemetry.requestsInFlight === 0);
    assert.equal((await server.cache.usage()).entries, 0);
  });

  test('a client that stops sending is timed out', async (t) => {
    const server = await startReapi(t, { callLimits: { bodyIdleTimeoutMs: 150 } });
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.write({ resourceName: name, data: half });
    await rejectsWith(grpcCodes.deadlineExceeded, answer);
  });

  test('a failing store is reported to the client at once', async (t) => {
    const store: Store = createMemoryStore({ maxBytes: 100_000 });
    const server = await startReapi(t, { store });
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    // Not finished: the failure is known before the client has said its last word.
    call.write({ resourceName: name, data: half });
    await assert.rejects(answer);
  });
});

interface WriteMessage {
  readonly data?: Uint8Array;
  readonly writeOffset?: bigint;
  readonly finishWrite?: boolean;
  readonly resourceName?: string;
}

interface WriteCase {
  readonly what: string;
  readonly messages: readonly WriteMessage[];
  readonly resource?: string;
  readonly code?: number;
}

function at(offset: number, message: WriteMessage): WriteMessage {
  return { writeOffset: BigInt(offset), ...message };
}

async function store(server: RunningReapi, bytes: Uint8Array): Promise<string> {
  const blob = blobName(bytes);
  await write(server, `uploads/${randomUUID()}/blobs/${blob}`, bytes);
  return blob;
}

async function purgeAll({ cache }: RunningReapi): Promise<void> {
  await cache.purge({ what: 'older', thanMs: -1 }, callerOf(), {
    signal: AbortSignal.timeout(5000),
  });
}
