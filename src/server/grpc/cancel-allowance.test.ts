import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { grpcCodes } from '../../protocols/reapi/index.ts';
import { frameOf } from '../../protocols/shared/grpc/index.ts';
import { ByteStream } from '../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import { ContentAddressableStorage } from '../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { blobName, eventually } from '../../testing/byte-stream.ts';
import { connectRaw, rawCall } from '../../testing/raw-grpc.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import { CancelAllowance, cancelLimitsOf } from './cancel-allowance.ts';

const bytes = randomBytes(200_000);
const resourceName = `uploads/x/blobs/${blobName(bytes)}`;

/** More than Node's HTTP/2 allows where a server cannot choose. */
const cancelled = 3000;

/** A call that waits is not to be ended for that. */
const patient = { callLimits: { bodyIdleTimeoutMs: 120_000, leftoverTimeoutMs: 60_000 } };

test('a client that cancels calls in masses loses no other call: at most it is asked for a new connection', async (t) => {
  const server = await startReapi(t, patient);
  const session = await connectRaw(t, server.address);
  const codes: number[] = [];
  session.on('goaway', (code) => codes.push(code));
  const path = '/google.bytestream.ByteStream/Write';
  const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc' };
  const kept = session.request(headers);
  const trailers = once(kept, 'trailers');
  // Where Node allows more than a client can cancel in time, the connection simply goes on.
  const isEnded = cancelLimitsOf(process.versions.node).burst < cancelled;
  for (let sent = 0; sent < cancelled && codes.length === 0; sent += 1) {
    const stream = session.request(headers);
    stream.on('error', () => {});
    stream.close(http2.constants.NGHTTP2_CANCEL);
    if (sent % 50 === 0) await nextTurn();
  }
  if (isEnded) await eventually(() => codes.length > 0);
  assert.deepEqual([...new Set(codes)], isEnded ? [http2.constants.NGHTTP2_NO_ERROR] : []);
  const { input } = ByteStream.method.write;
  const message = create(input, { resourceName, data: bytes, finishWrite: true });
  kept.end(frameOf(toBinary(input, message)));
  kept.resume();
  assert.equal((await trailers)[0]['grpc-status'], '0');
});

test('the allowance refills, and half of it is kept for calls under way', () => {
  let nowMs = 0;
  const allowance = new CancelAllowance({ burst: 10, perSecond: 2 }, () => nowMs);
  const spent = Array.from({ length: 6 }, () => allowance.spend());
  assert.deepEqual(spent, [true, true, true, true, false, false]);
  nowMs = 1999;
  assert.equal(allowance.spend(), false);
  nowMs = 3999;
  assert.equal(allowance.spend(), true);
});

test('Node with the option allows more cancelled calls than Node without', () => {
  for (const version of ['20.19.0', '22.9.0']) assert.equal(cancelLimitsOf(version).burst, 1000);
  for (const version of ['22.10.0', '24.1.0']) assert.ok(cancelLimitsOf(version).burst > 10_000);
});

test('a message of 40 MiB is answered by a status, and the connection goes on', async (t) => {
  const server = await startReapi(t, patient);
  const { batchUpdateBlobs } = ContentAddressableStorage.method;
  const { call, answer } = server.client.clientStream(ByteStream.method.write);
  call.write({ resourceName, data: bytes.subarray(0, 1000) });
  await eventually(() => server.telemetry.requestsInFlight === 1);
  const data = Buffer.alloc(40 * 2 ** 20);
  const tooLong = server.client.unary(batchUpdateBlobs, { requests: [{ data }] });
  await assert.rejects(tooLong, { code: grpcCodes.resourceExhausted });
  call.write({ writeOffset: 1000n, data: bytes.subarray(1000), finishWrite: true });
  call.end();
  assert.equal((await answer).committedSize, BigInt(bytes.length));
});

test('so is one of a client that writes all of it before it reads', async (t) => {
  const server = await startReapi(t, patient);
  // Node's client closes streams of a connection that holds more than its default of 10 MB.
  const session = await connectRaw(t, server.address, { maxSessionMemory: 256 });
  const path = '/build.bazel.remote.execution.v2.ContentAddressableStorage/BatchUpdateBlobs';
  const body = frameOf(Buffer.alloc(40 * 2 ** 20));
  for (let calls = 0; calls < 2; calls += 1) {
    assert.equal((await rawCall(session, { path, body })).grpcStatus, grpcCodes.resourceExhausted);
  }
  const good = await rawCall(session, { path, body: frameOf(Buffer.alloc(0)) });
  assert.equal(good.grpcStatus, grpcCodes.ok);
  assert.equal(session.destroyed, false);
});
