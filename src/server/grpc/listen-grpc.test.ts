import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import { sha256Of } from '../../core/index.ts';
import { grpcCodes } from '../../protocols/reapi/index.ts';
import { frameOf } from '../../protocols/shared/grpc/index.ts';
import {
  ByteStream,
  ReadRequestSchema,
  WriteRequestSchema,
} from '../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import {
  Capabilities,
  ContentAddressableStorage,
  FindMissingBlobsRequestSchema,
} from '../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import {
  ErrorInfoSchema,
  StatusSchema,
} from '../../protocols/shared/protobuf/generated/rpc-status.pb.ts';
import { callerOf } from '../../testing/caller.ts';
import { GrpcClient } from '../../testing/grpc-client.ts';
import {
  connectRaw,
  flagged,
  gzipEncoding,
  gzipped,
  type RawRequest,
  rawCall,
} from '../../testing/raw-grpc.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import { testServer } from '../../testing/tls-certificates.ts';

const findMissing = '/build.bazel.remote.execution.v2.ContentAddressableStorage/FindMissingBlobs';
const noDigests = frameOf(
  toBinary(FindMissingBlobsRequestSchema, create(FindMissingBlobsRequestSchema)),
);

describe('gRPC on the wire', () => {
  const requests: readonly WireCase[] = [
    { what: 'a good call', body: noDigests, code: grpcCodes.ok },
    {
      what: 'a gzip message',
      body: gzipped(noDigests.subarray(5)),
      headers: gzipEncoding,
      code: grpcCodes.ok,
    },
    { what: 'a plain one among gzip', body: noDigests, headers: gzipEncoding, code: grpcCodes.ok },
    {
      what: 'an encoding nobody knows',
      body: gzipped(noDigests.subarray(5)),
      headers: { 'grpc-encoding': 'snappy' },
      code: grpcCodes.unimplemented,
    },
    {
      what: 'gzip that is malformed',
      body: flagged(Buffer.from('nonsense')),
      headers: gzipEncoding,
      code: grpcCodes.invalidArgument,
    },
    {
      what: 'a gzip bomb',
      body: gzipped(Buffer.alloc(64 * 2 ** 20)),
      headers: gzipEncoding,
      code: grpcCodes.resourceExhausted,
    },
    { what: 'an unknown method', path: '/a.b.C/D', body: noDigests, code: grpcCodes.unimplemented },
    { what: 'no message', body: Buffer.alloc(0), code: grpcCodes.invalidArgument },
    {
      what: 'two messages',
      body: Buffer.concat([noDigests, noDigests]),
      code: grpcCodes.invalidArgument,
    },
    {
      what: 'half a message',
      body: Buffer.from([0, 0, 0, 0, 9, 1]),
      code: grpcCodes.invalidArgument,
    },
    {
      what: 'a message too large',
      body: Buffer.from([0, 0xff, 0, 0, 0]),
      code: grpcCodes.resourceExhausted,
    },
    {
      what: 'no protobuf',
      body: frameOf(Buffer.from('{"no": "protobuf"}')),
      code: grpcCodes.invalidArgument,
    },
    {
      what: 'a strange deadline',
      body: noDigests,
      headers: { 'grpc-timeout': 'soon' },
      code: grpcCodes.invalidArgument,
    },
    {
      what: 'another content type',
      body: noDigests,
      headers: { 'content-type': 'application/json' },
      status: 415,
    },
    { what: 'a GET', method: 'GET', status: 415 },
    {
      what: 'gRPC-Web',
      body: noDigests,
      headers: { 'content-type': 'application/grpc-web+proto' },
      status: 415,
    },
  ];
  for (const { what, code, status = 200, ...request } of requests) {
    test(`${what} is answered ${code ?? status}`, async (t) => {
      const session = await connectRaw(t, (await startReapi(t)).address);
      const answer = await rawCall(session, { path: findMissing, ...request });
      assert.equal(answer.status, status);
      if (code !== undefined) assert.equal(answer.grpcStatus, code, answer.message);
      const good = await rawCall(session, { path: findMissing, body: noDigests });
      assert.equal(good.grpcStatus, 0, 'the connection goes on');
    });
  }

  test('an error says why, in a form that programs read', async (t) => {
    const server = await startReapi(t);
    const session = await connectRaw(t, server.address);
    const { trailers } = await rawCall(session, { path: '/a.b.C/D', body: noDigests });
    assert.match(String(trailers['grpc-message']), /^[\x20-\x7e]*$/);
    const details = Buffer.from(String(trailers['grpc-status-details-bin']), 'base64');
    const status = fromBinary(StatusSchema, details);
    assert.equal(status.code, grpcCodes.unimplemented);
    const info = fromBinary(ErrorInfoSchema, status.details[0]!.value);
    assert.equal(info.domain, 'memobuild');
    assert.equal(info.reason, 'UNIMPLEMENTED');
  });

  test('at least 100 calls at a time run on one connection', async (t) => {
    const server = await startReapi(t);
    const session = await connectRaw(t, server.address);
    await once(session, 'remoteSettings').catch(() => {});
    assert.ok((session.remoteSettings.maxConcurrentStreams ?? 0) >= 100);
    const calls = Array.from({ length: 200 }, () =>
      rawCall(session, { path: findMissing, body: noDigests }),
    );
    for (const { grpcStatus } of await Promise.all(calls)) assert.equal(grpcStatus, 0);
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('what is not HTTP/2 is hung up on, and nobody else notices', async (t) => {
    const server = await startReapi(t);
    const [host, port] = server.address.split(':');
    for (const text of [
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      '\x16\x03\x01\x02',
      randomBytes(500),
    ]) {
      const socket = connect(Number(port), host);
      socket.on('error', () => {});
      socket.write(text);
      socket.resume();
      if (text !== '\x16\x03\x01\x02') await once(socket, 'close');
      socket.destroy();
    }
    await server.client.unary(Capabilities.method.getCapabilities, {});
    await eventually(() => server.telemetry.connectionsOpen === 1);
  });
});

describe('gRPC calls', () => {
  test('a reader that stops is not sent more than its window, and is let go', async (t) => {
    const server = await startReapi(t, { callLimits: { responseIdleTimeoutMs: 200 } });
    const bytes = randomBytes(32 * 2 ** 20);
    const key = { space: 'cas', hash: sha256Of(bytes) } as const;
    await server.cache.put(key, callerOf(), bytes, { signal: AbortSignal.timeout(10_000) });
    const session = await connectRaw(t, server.address);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/google.bytestream.ByteStream/Read',
      'content-type': 'application/grpc',
    });
    stream.on('error', () => {});
    const resourceName = `blobs/${sha256Of(bytes)}/${bytes.length}`;
    stream.end(frameOf(toBinary(ReadRequestSchema, create(ReadRequestSchema, { resourceName }))));
    await once(stream, 'response');
    await once(stream, 'close');
    await eventually(() => server.telemetry.requestsInFlight === 0);
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
  });

  test('a cancelled read ends on the server too', async (t) => {
    const server = await startReapi(t);
    const bytes = randomBytes(16 * 2 ** 20);
    const key = { space: 'cas', hash: sha256Of(bytes) } as const;
    await server.cache.put(key, callerOf(), bytes, { signal: AbortSignal.timeout(10_000) });
    const resourceName = `blobs/${sha256Of(bytes)}/${bytes.length}`;
    const call = server.client.serverStream(ByteStream.method.read, { resourceName });
    call.on('error', () => {});
    await once(call, 'data');
    call.cancel();
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('a call past its deadline is over on both sides', async (t) => {
    const server = await startReapi(t);
    const { call, answer } = server.client.clientStream(ByteStream.method.write, {
      deadlineMs: 100,
    });
    call.write({ resourceName: `uploads/x/blobs/${sha256Of('four')}/4` });
    await assert.rejects(answer, { code: grpcCodes.deadlineExceeded });
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('a blob that is there is answered while the client still sends', async (t) => {
    const server = await startReapi(t, { callLimits: { leftoverBytesMax: 2 ** 20 } });
    const bytes = randomBytes(100);
    const blob = { digest: { hash: sha256Of(bytes), sizeBytes: 100n }, data: bytes };
    const { batchUpdateBlobs } = ContentAddressableStorage.method;
    await server.client.unary(batchUpdateBlobs, { requests: [blob] });
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.on('error', () => {});
    const resourceName = `uploads/x/blobs/${blob.digest.hash}/100`;
    call.write({ resourceName, data: bytes.subarray(0, 50) });
    assert.equal((await answer).committedSize, 100n);
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('what a client still sends of a refused upload is let through', async (t) => {
    const leftover = { leftoverBytesMax: 2 ** 30, leftoverTimeoutMs: 60_000 };
    const server = await startReapi(t, { callLimits: leftover });
    const session = await connectRaw(t, server.address);
    const message = (fields: MessageInitShape<typeof WriteRequestSchema>) =>
      frameOf(toBinary(WriteRequestSchema, create(WriteRequestSchema, fields)));
    const resourceName = `uploads/x/blobs/${sha256Of('four')}/${2 ** 24}`;
    const wrong = message({ resourceName, data: Buffer.alloc(1000) });
    const rest = message({ writeOffset: 7n, data: Buffer.alloc(2 ** 22) });
    const body = Buffer.concat([wrong, rest, rest, rest]);
    const path = '/google.bytestream.ByteStream/Write';
    assert.equal((await rawCall(session, { path, body })).grpcStatus, grpcCodes.invalidArgument);
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('TLS serves those who trust the certificate', async (t) => {
    const tls = testServer;
    const server = await startReapi(t, { tls });
    await server.client.unary(Capabilities.method.getCapabilities, {});
    const stranger = server.newClient(grpc.credentials.createSsl());
    const options = { deadlineMs: 1000 };
    await assert.rejects(stranger.unary(Capabilities.method.getCapabilities, {}, options));
    const plain = server.newClient(grpc.credentials.createInsecure());
    await assert.rejects(plain.unary(Capabilities.method.getCapabilities, {}, options));
    await server.client.unary(Capabilities.method.getCapabilities, {});
  });
});

describe('draining the gRPC listener', () => {
  test('calls under way end well, new ones go elsewhere, and the last connection closes', async (t) => {
    const server = await startReapi(t);
    const bytes = randomBytes(2 ** 20);
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    const resourceName = `uploads/x/blobs/${sha256Of(bytes)}/${bytes.length}`;
    call.write({ resourceName, data: bytes.subarray(0, 1000) });
    await eventually(() => server.telemetry.requestsInFlight === 1);
    server.listener.stopAccepting();
    server.listener.closeIdle();
    const late = new GrpcClient(t, server.address);
    const options = { deadlineMs: 2000 };
    const refused = late.unary(Capabilities.method.getCapabilities, {}, options);
    await assert.rejects(refused, { code: grpcCodes.unavailable });
    call.write({ writeOffset: 1000n, data: bytes.subarray(1000), finishWrite: true });
    call.end();
    assert.equal((await answer).committedSize, BigInt(bytes.length));
    const sweep = setInterval(() => server.listener.closeIdle(), 20);
    t.after(() => clearInterval(sweep));
    await server.listener.drained();
    assert.equal(server.listener.connectionsOpen(), 0);
  });

  test('what does not end is cut', async (t) => {
    const server = await startReapi(t);
    const { call, answer } = server.client.clientStream(ByteStream.method.write);
    call.on('error', () => {});
    call.write({ resourceName: `uploads/x/blobs/${sha256Of('four')}/4` });
    await eventually(() => server.telemetry.requestsInFlight === 1);
    server.listener.stopAccepting();
    server.listener.closeAll();
    await assert.rejects(answer);
    await server.listener.drained();
  });
});

interface WireCase extends Partial<RawRequest> {
  readonly what: string;
  /** The gRPC listener. */
  readonly code?: number;
  /** Of HTTP. */
  readonly status?: number;
}

async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (isSo()) return;
    await sleep(10);
  }
  assert.fail('it did not come about within 5 s');
}
