import assert from 'node:assert/strict';
import http2, {
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { frameOf } from '../../../protocols/shared/grpc/index.ts';
import type { Artifact } from '../../../protocols/shared/load-client.ts';
import { WriteResponseSchema } from '../../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import { FindMissingBlobsResponseSchema } from '../../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { createAuthenticator, hashSecret } from '../../../server/access/auth.ts';
import { callerOf } from '../../../testing/caller.ts';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { type RunningReapi, startReapi } from '../../../testing/start-reapi.ts';
import { testCa, testServer } from '../../../testing/tls-certificates.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import type { LoadConnection } from '../load-connection.ts';

const artifact = new PayloadPool(createPoolMemory(1)).artifact('ab'.repeat(32), 50_000);
const big = new PayloadPool(createPoolMemory(1)).artifact('cd'.repeat(32), 200 * 2 ** 20);
const client = await createArtifactClient('reapi', 'team/one');

test('calls share one connection, and a connection that goes away is replaced', async (t) => {
  const server = await startReapi(t);
  const connection = openLoadConnection(t, { url: `grpc://${server.address}` });
  await roundTrip(connection);
  assert.equal(connection.opened, 1);
  server.listener.stopAccepting();
  server.listener.closeIdle();
  // What goes away may still have answered; nobody listens there any more.
  await assert.rejects(
    async () => {
      for (;;) await client.lookup(connection, artifact);
    },
    { kind: 'refused' },
  );
  assert.ok(connection.opened > 1);
});

test('TLS and credentials are presented', async (t) => {
  const authenticator = createAuthenticator([
    { name: 'ci', scheme: 'bearer', secretSha256: hashSecret('secret'), scope: 'write' },
  ]);
  const server = await startReapi(t, { tls: testServer, authenticator });
  const url = `grpcs://${server.address}`;
  const headers = { Authorization: 'Bearer secret' };
  await roundTrip(openLoadConnection(t, { url, headers, tls: { insecure: false, ca: testCa } }));
  const nobody = openLoadConnection(t, { url, tls: { insecure: false, ca: testCa } });
  await assert.rejects(client.lookup(nobody, artifact), {
    kind: 'http_4xx',
    message: /UNAUTHENTICATED/,
  });
  const distrusting = openLoadConnection(t, { url, headers });
  await assert.rejects(client.lookup(distrusting, artifact), { kind: 'refused' });
});

test('nobody there is refused', async (t) => {
  const connection = openLoadConnection(t, { url: 'grpc://127.0.0.1:1' });
  await assert.rejects(client.lookup(connection, artifact), { kind: 'refused' });
});

test('a server that says nothing is timed out', async (t) => {
  const { url } = await startRaw(t, () => {});
  const connection = openLoadConnection(t, { url });
  connection.deadlineMs = performance.now() + 100;
  await assert.rejects(client.lookup(connection, artifact), { kind: 'timeout' });
});

const wrongAnswers: readonly {
  readonly what: string;
  readonly answer: (stream: ServerHttp2Stream) => void;
  readonly kind: string;
}[] = [
  {
    what: 'a reset call',
    answer: (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    kind: 'reset',
  },
  {
    what: 'a connection that breaks',
    answer: (stream) => stream.session?.destroy(),
    kind: 'reset',
  },
  {
    what: 'HTTP without gRPC',
    answer: (stream) => stream.respond({ ':status': 502 }, { endStream: true }),
    kind: 'http_5xx',
  },
  {
    what: 'a page',
    answer: (stream) => {
      stream.respond({ ':status': 200 });
      stream.end('<html>');
    },
    kind: 'protocol',
  },
  { what: 'a failing server', answer: trailersOnly(14), kind: 'http_5xx' },
  { what: 'a refusal', answer: trailersOnly(7), kind: 'http_4xx' },
  { what: 'success without a message', answer: trailersOnly(0), kind: 'protocol' },
  {
    what: 'a message that is malformed',
    answer: answerWith(Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff])),
    kind: 'integrity',
  },
  {
    what: 'a message that is cut short',
    answer: answerWith(Buffer.from([0, 0, 0, 0, 2, 0xff])),
    kind: 'protocol',
  },
  {
    what: 'two messages',
    answer: answerWith(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    kind: 'protocol',
  },
  {
    what: 'a compressed message, unasked',
    answer: answerWith(Buffer.from([1, 0, 0, 0, 2, 8, 1])),
    kind: 'protocol',
  },
  {
    what: 'a message that is announced too large',
    answer: answerWith(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])),
    kind: 'protocol',
  },
  {
    what: 'an answer without a status',
    answer: (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
    },
    kind: 'reset',
  },
  {
    what: 'a call that is cancelled in its answer',
    answer: (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
      stream.write(Buffer.from([0, 0, 0, 0, 2]), () =>
        stream.close(http2.constants.NGHTTP2_CANCEL),
      );
    },
    kind: 'reset',
  },
  {
    what: 'a failure whose message is encoded wrongly',
    answer: (stream) =>
      stream.respond(
        { ':status': 200, 'grpc-status': '14', 'grpc-message': '50%zz' },
        { endStream: true },
      ),
    kind: 'http_5xx',
  },
  {
    what: 'a status that is not a number',
    answer: (stream) =>
      stream.respond({ ':status': 200, 'grpc-status': 'fine' }, { endStream: true }),
    kind: 'protocol',
  },
  {
    what: 'a page that says that it failed',
    answer: (stream) => {
      stream.respond({ ':status': 503, 'content-type': 'text/html' });
      stream.end('<html>');
    },
    kind: 'http_5xx',
  },
];
for (const { what, answer, kind } of wrongAnswers) {
  test(`${what} is ${kind}`, async (t) => {
    const { url } = await startRaw(t, answer);
    await assert.rejects(client.lookup(openLoadConnection(t, { url }), artifact), { kind });
  });
}

test('a call that was reset leaves its connection to the next', async (t) => {
  let calls = 0;
  const { url } = await startRaw(t, (stream) => {
    calls += 1;
    if (calls === 1) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else trailersOnly(5)(stream);
  });
  const connection = openLoadConnection(t, { url });
  await assert.rejects(client.lookup(connection, artifact), { kind: 'reset' });
  assert.equal(await client.lookup(connection, artifact), 'miss');
  assert.equal(connection.opened, 1);
});

test('a call that was refused unseen is retried on another connection', async (t) => {
  let calls = 0;
  const refusals = { count: 1 };
  const { url } = await startRaw(t, (stream) => {
    calls += 1;
    if (calls <= refusals.count) stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    else trailersOnly(5)(stream);
  });
  const connection = openLoadConnection(t, { url });
  assert.equal(await client.lookup(connection, artifact), 'miss');
  assert.deepEqual([calls, connection.opened], [2, 2]);
  calls = 0;
  refusals.count = 9;
  await assert.rejects(client.lookup(connection, artifact), { kind: 'reset' });
  assert.equal(calls, 2);
});

test('a server that goes away serves what it has begun, and the next call goes elsewhere', async (t) => {
  const { url } = await startRaw(t, (stream) => {
    stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR);
    setTimeout(() => trailersOnly(5)(stream), 20);
  });
  const connection = openLoadConnection(t, { url });
  for (const opened of [1, 2, 3]) {
    assert.equal(await client.lookup(connection, artifact), 'miss');
    assert.equal(connection.opened, opened);
  }
});

test('a connection that breaks after GOAWAY is reset, and does not hang', async (t) => {
  const { url } = await startRaw(t, (stream) => {
    stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR);
    setTimeout(() => stream.session?.destroy(), 20);
  });
  await assert.rejects(client.lookup(openLoadConnection(t, { url }), artifact), { kind: 'reset' });
});

test('a timeout also ends a connection after GOAWAY', async (t) => {
  const ended = new Promise<void>((resolve) => {
    void startRaw(t, (stream) => {
      stream.session?.goaway(http2.constants.NGHTTP2_NO_ERROR);
      stream.session?.once('close', () => resolve());
    }).then(async ({ url }) => {
      const connection = openLoadConnection(t, { url });
      connection.deadlineMs = performance.now() + 100;
      await assert.rejects(client.lookup(connection, artifact), { kind: 'timeout' });
    });
  });
  await ended;
});

test('a server that stops reading a body is waited for until the timeout', async (t) => {
  const { url } = await startRaw(t, (stream, path) => {
    if (path.endsWith('FindMissingBlobs')) answerWith(missing(big))(stream);
    // Reads nothing: the windows stay shut.
    else stream.pause();
  });
  const connection = openLoadConnection(t, { url });
  connection.deadlineMs = performance.now() + 2_000;
  let takenBytes = 0;
  const piece = (offset: number): Buffer => {
    const taken = big.payload.piece(offset);
    takenBytes += taken.length;
    return taken;
  };
  const { sizeBytes } = big.payload;
  const payload = { sizeBytes, piece, sha256: () => big.payload.sha256(), matches: () => false };
  await assert.rejects(client.store(connection, { key: big.key, payload }), { kind: 'timeout' });
  // Without back-pressure all of it would lie in the stream's queue.
  assert.ok(takenBytes > 0 && takenBytes < 4 * 2 ** 20, `${takenBytes} bytes`);
});

test('a write that is answered before it is sent is not sent to its end', async (t) => {
  let receivedBytes = 0;
  let calls = 0;
  let onWriteEnd = (): void => {};
  const writeEnd = new Promise<void>((resolve) => {
    onWriteEnd = resolve;
  });
  const { url } = await startRaw(t, (stream, path) => {
    calls += 1;
    stream.on('data', (chunk: Buffer) => {
      receivedBytes += chunk.length;
    });
    if (path.endsWith('FindMissingBlobs')) answerWith(missing(big))(stream);
    else if (path.endsWith('Write')) {
      stream.once('close', onWriteEnd);
      answerWith(committed(big.payload.sizeBytes))(stream);
    } else answerWith(Buffer.from([0, 0, 0, 0, 0]))(stream);
  });
  const connection = openLoadConnection(t, { url });
  await client.store(connection, big);
  assert.deepEqual([calls, connection.opened], [3, 1]);
  await writeEnd;
  assert.ok(receivedBytes < big.payload.sizeBytes, `${receivedBytes} bytes`);
});

test('a write that is committed only in part is not a success', async (t) => {
  const { url } = await startRaw(t, (stream, path) => {
    if (path.endsWith('FindMissingBlobs')) answerWith(missing(artifact))(stream);
    else if (path.endsWith('Write')) answerWith(committed(49_999))(stream);
    else answerWith(Buffer.from([0, 0, 0, 0, 0]))(stream);
  });
  await assert.rejects(client.store(openLoadConnection(t, { url }), artifact), {
    kind: 'protocol',
    message: /49999.* of 50000/,
  });
});

test('what is not HTTP/2 at all fails, and does not hang', async (t) => {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const connection = openLoadConnection(t, { url: `grpc://127.0.0.1:${port}` });
  await assert.rejects(client.lookup(connection, artifact), (error: { kind?: string }) =>
    ['reset', 'refused'].includes(error.kind ?? ''),
  );
});

test('other bytes than were stored are an integrity failure, found as they come', async (t) => {
  const server = await startReapi(t);
  const connection = openLoadConnection(t, { url: `grpc://${server.address}` });
  await roundTrip(connection);
  const { payload } = new PayloadPool(createPoolMemory(2)).artifact(artifact.key, 50_000);
  const wrong = { key: artifact.key, payload };
  await assert.rejects(client.lookup(connection, wrong), { kind: 'integrity' });
  assert.equal(await client.lookup(connection, artifact), 'hit');
});

test('a result whose bytes are gone is a miss', async (t) => {
  const server: RunningReapi = await startReapi(t, { cache: { checkReferences: false } });
  const connection = openLoadConnection(t, { url: `grpc://${server.address}` });
  await roundTrip(connection);
  const hash = artifact.payload.sha256() as never;
  const key = { space: 'cas', hash } as const;
  await server.cache.purge({ what: 'key', key }, callerOf(), { signal: AbortSignal.timeout(1000) });
  assert.equal(await client.lookup(connection, artifact), 'miss');
});

async function roundTrip(connection: LoadConnection): Promise<void> {
  assert.equal(await client.lookup(connection, artifact), 'miss');
  await client.store(connection, artifact);
  assert.equal(await client.lookup(connection, artifact), 'hit');
}

async function startRaw(
  t: TestContext,
  answer: (stream: ServerHttp2Stream, path: string) => void,
): Promise<{ url: string }> {
  const server: Http2Server = http2.createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    answer(stream, headers[':path'] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = server.address() as net.AddressInfo;
  return { url: `grpc://127.0.0.1:${port}` };
}

function missing({ payload }: Artifact): Buffer {
  const digest = { hash: payload.sha256(), sizeBytes: BigInt(payload.sizeBytes) };
  const answer = create(FindMissingBlobsResponseSchema, { missingBlobDigests: [digest] });
  return frameOf(toBinary(FindMissingBlobsResponseSchema, answer));
}

function committed(sizeBytes: number): Buffer {
  const answer = create(WriteResponseSchema, { committedSize: BigInt(sizeBytes) });
  return frameOf(toBinary(WriteResponseSchema, answer));
}

function answerWith(body: Buffer): (stream: ServerHttp2Stream) => void {
  return (stream) => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(body);
  };
}

function trailersOnly(code: number): (stream: ServerHttp2Stream) => void {
  return (stream) =>
    stream.respond({ ':status': 200, 'grpc-status': String(code) }, { endStream: true });
}
