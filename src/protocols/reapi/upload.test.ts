import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  blobName,
  eventually,
  mixedBytes,
  queryStatus,
  read,
  rejectsWith,
  sendSome,
  write,
} from '../../testing/byte-stream.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import { ByteStream } from '../shared/protobuf/generated/bytestream.pb.ts';
import { zstdCompressWhole } from '../shared/zstd/index.ts';
import { grpcCodes } from './errors.ts';

describe('ByteStream.Write that is resumed', () => {
  const bytes = mixedBytes(3 * 2 ** 20);
  const blob = blobName(bytes);

  for (const how of ['cancelled', 'half-closed'] as const) {
    test(`a ${how} upload resumes where it was cut off`, async (t) => {
      const server = await startReapi(t);
      const name = `uploads/${randomUUID()}/blobs/${blob}`;
      await sendSome(server, name, bytes.subarray(0, 2 ** 21), how);
      const { committedSize, complete } = await queryStatus(server, name);
      assert.equal(committedSize, 2n ** 21n);
      assert.equal(complete, false);
      const { call, answer } = server.client.clientStream(ByteStream.method.write);
      const data = bytes.subarray(2 ** 21);
      call.write({ resourceName: name, writeOffset: committedSize, data, finishWrite: true });
      call.end();
      assert.equal((await answer).committedSize, BigInt(bytes.length));
      assert.ok((await read(server, `blobs/${blob}`)).equals(bytes));
      assert.deepEqual(await queryStatus(server, name), {
        committedSize: BigInt(bytes.length),
        complete: true,
      });
    });
  }

  test('a zstd upload goes on by its encoded bytes', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/${randomUUID()}/compressed-blobs/zstd/${blob}`;
    const encoded = await zstdCompressWhole(bytes);
    await sendSome(server, name, encoded.subarray(0, 2 ** 20 + 77), 'cancelled');
    const { committedSize } = await queryStatus(server, name);
    assert.equal(committedSize, 2n ** 20n + 77n);
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    const data = encoded.subarray(Number(committedSize));
    call.write({ resourceName: name, writeOffset: committedSize, data, finishWrite: true });
    call.end();
    await answer;
    assert.ok((await read(server, `blobs/${blob}`)).equals(bytes));
  });

  test('an upload may begin anew instead', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/${randomUUID()}/blobs/${blob}`;
    await sendSome(server, name, bytes.subarray(0, 2 ** 21), 'cancelled');
    assert.equal(await write(server, name, bytes), BigInt(bytes.length));
  });

  test('it goes on at no other offset', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/${randomUUID()}/blobs/${blob}`;
    await sendSome(server, name, bytes.subarray(0, 2 ** 21), 'cancelled');
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.write({ resourceName: name, writeOffset: 2n ** 20n, data: bytes.subarray(2 ** 20) });
    await rejectsWith(grpcCodes.aborted, answer);
  });

  test('a client that does not come back leaves nothing', async (t) => {
    const server = await startReapi(t, { limits: { resumeWithinMs: 100 } });
    const name = `uploads/${randomUUID()}/blobs/${blob}`;
    await sendSome(server, name, bytes.subarray(0, 2 ** 21), 'cancelled');
    await eventually(async () => (await queryStatus(server, name)).committedSize === 0n);
    assert.equal((await server.cache.usage()).entries, 0);
  });

  test('no more uploads wait than the limit', async (t) => {
    const server = await startReapi(t, { limits: { brokenUploadsMax: 1 } });
    const names = ['one', 'two'].map((id) => `uploads/${id}/blobs/${blob}`);
    for (const name of names) await sendSome(server, name, bytes.subarray(0, 2 ** 21), 'cancelled');
    assert.equal((await queryStatus(server, names[0]!)).committedSize, 2n ** 21n);
    assert.equal((await queryStatus(server, names[1]!)).committedSize, 0n);
  });
});

describe('ByteStream.Write by several clients at once', () => {
  const bytes = mixedBytes(3_000_000);
  const blob = blobName(bytes);
  const whole = BigInt(bytes.length);
  const half = bytes.subarray(0, 1_500_000);

  test('uploads of one name run beside one another', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/one-for-all/blobs/${blob}`;
    const committed = await Promise.all([1, 2, 3].map(() => write(server, name, bytes)));
    assert.deepEqual(committed, [whole, whole, whole]);
    assert.ok((await read(server, `blobs/${blob}`)).equals(bytes));
  });

  for (const kind of ['blobs', 'compressed-blobs/zstd']) {
    test(`an upload ends well once another has stored the blob (${kind})`, async (t) => {
      const server = await startReapi(t);
      const name = `uploads/one-for-all/${kind}/${blob}`;
      const isZstd = kind !== 'blobs';
      const data = isZstd ? (await zstdCompressWhole(bytes)).subarray(0, 1_500_000) : half;
      const { call, answer } = server.client.clientStream(ByteStream.method.write);
      call.on('error', () => {});
      call.write({ resourceName: name, data });
      await eventually(
        async () => (await queryStatus(server, name)).committedSize === BigInt(data.length),
      );
      for (const other of [`uploads/one-for-all/blobs/${blob}`, `uploads/other/blobs/${blob}`]) {
        assert.equal(await write(server, other, bytes), whole);
      }
      // It has sent less than half, and need not send the rest.
      assert.equal((await answer).committedSize, isZstd ? -1n : whole);
      await eventually(() => server.telemetry.requestsInFlight === 0);
    });
  }

  test('an upload that is refused leaves the others of its name alone', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/one-for-all/blobs/${blob}`;
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.write({ resourceName: name, data: half });
    await eventually(async () => (await queryStatus(server, name)).committedSize > 0n);
    const wrong = Buffer.from(bytes);
    wrong[7] = wrong[7]! ^ 1;
    await rejectsWith(grpcCodes.invalidArgument, write(server, name, wrong));
    const data = bytes.subarray(half.length);
    call.write({ writeOffset: BigInt(half.length), data, finishWrite: true });
    call.end();
    assert.equal((await answer).committedSize, whole);
  });

  test('one that broke off is resumed while another of its name is sent', async (t) => {
    const server = await startReapi(t);
    const name = `uploads/one-for-all/blobs/${blob}`;
    const other = server.client.clientStream(ByteStream.method.write);
    other.call.on('error', () => {});
    other.call.write({ resourceName: name, data: half.subarray(0, 2 ** 20) });
    await eventually(async () => (await queryStatus(server, name)).committedSize > 0n);
    const { call: broken } = server.client.clientStream(ByteStream.method.write);
    broken.on('error', () => {});
    broken.write({ resourceName: name, data: half });
    await eventually(
      async () => (await queryStatus(server, name)).committedSize === BigInt(half.length),
    );
    broken.cancel();
    await eventually(() => server.telemetry.requestsInFlight === 1);
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    const writeOffset = (await queryStatus(server, name)).committedSize;
    assert.equal(writeOffset, BigInt(half.length));
    const data = bytes.subarray(half.length);
    call.write({ resourceName: name, writeOffset, data, finishWrite: true });
    call.end();
    assert.equal((await answer).committedSize, whole);
    assert.equal((await other.answer).committedSize, whole);
  });
});
