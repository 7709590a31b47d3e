import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { blake3 } from '@napi-rs/blake-hash';
import { sha256Of } from '../core/index.ts';
import { ByteStream } from '../protocols/shared/protobuf/generated/bytestream.pb.ts';
import { roomOrAnswer } from './room-or-answer.ts';
import type { RunningReapi } from './start-reapi.ts';

/** How a resource names a blob: `[<function>/]<hash>/<size>`. */
export function blobName(
  bytes: Uint8Array,
  digestFunction: 'sha256' | 'blake3' = 'sha256',
): string {
  return digestFunction === 'sha256'
    ? `${sha256Of(bytes)}/${bytes.length}`
    : `blake3/${blake3(Buffer.from(bytes)).toString('hex')}/${bytes.length}`;
}

/** Bytes that compress, but not to nothing. */
export function mixedBytes(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 'output of a build step, ');
  randomBytes(Math.ceil(sizeBytes * 0.6)).copy(bytes);
  return bytes;
}

/** Writes a blob as Bazel and moon do. @returns the committed size. */
export async function write(
  { client }: RunningReapi,
  resourceName: string,
  bytes: Uint8Array,
): Promise<bigint> {
  const { call, answer } = client.clientStream(ByteStream.method.write);
  const frameBytes = 65_536;
  for (let offset = 0; offset === 0 || offset < bytes.length; offset += frameBytes) {
    const data = bytes.subarray(offset, offset + frameBytes);
    const finishWrite = offset + frameBytes >= bytes.length;
    // As Bazel and moon do it: the name is in the first message only.
    const name = offset === 0 ? { resourceName } : {};
    if (!call.write({ ...name, writeOffset: BigInt(offset), data, finishWrite })) {
      await roomOrAnswer({ call, answer });
    }
  }
  call.end();
  return (await answer).committedSize;
}

/** Begins an upload and breaks it off. */
export async function sendSome(
  server: RunningReapi,
  resourceName: string,
  bytes: Uint8Array,
  how: 'cancelled' | 'half-closed',
): Promise<void> {
  const { call, answer } = server.client.clientStream(ByteStream.method.write);
  call.write({ resourceName, data: bytes });
  if (how === 'half-closed') {
    call.end();
    assert.equal((await answer).committedSize, BigInt(bytes.length));
    return;
  }
  await eventually(
    async () => (await queryStatus(server, resourceName)).committedSize === BigInt(bytes.length),
  );
  call.cancel();
  await answer.catch(() => {});
  await eventually(() => server.telemetry.requestsInFlight === 0);
}

/** How far an upload has come. */
export async function queryStatus(
  { client }: RunningReapi,
  resourceName: string,
): Promise<{ committedSize: bigint; complete: boolean }> {
  const status = await client.unary(ByteStream.method.queryWriteStatus, { resourceName });
  return { committedSize: status.committedSize, complete: status.complete };
}

/** Reads a blob whole. */
export async function read(
  { client }: RunningReapi,
  resourceName: string,
  offset = 0,
  limit = 0,
): Promise<Buffer> {
  const request = { resourceName, readOffset: BigInt(offset), readLimit: BigInt(limit) };
  const chunks: Uint8Array[] = [];
  for await (const { data } of client.serverStream(ByteStream.method.read, request)) {
    assert.ok(data.length <= 2 ** 20, 'no message is above 1 MiB');
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}

/** Expects a status. */
export async function rejectsWith(code: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: { code?: number; message: string }) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Waits until something is so, up to 5 s. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await isSo()) return;
    await sleep(10);
  }
  assert.fail('it did not come about within 5 s');
}
