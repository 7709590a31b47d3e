import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { sha256Of } from '../../core/index.ts';
import { frameOf } from '../../protocols/shared/grpc/index.ts';
import { ReadRequestSchema } from '../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import { HealthCheckRequestSchema } from '../../protocols/shared/protobuf/generated/health.pb.ts';
import { ServerReflectionRequestSchema } from '../../protocols/shared/protobuf/generated/reflection.pb.ts';
import {
  BatchReadBlobsRequestSchema,
  FindMissingBlobsRequestSchema,
  GetActionResultRequestSchema,
  GetTreeRequestSchema,
} from '../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { eventually, read } from '../../testing/byte-stream.ts';
import { callerOf } from '../../testing/caller.ts';
import type { Cleanup } from '../../testing/cleanup.ts';
import { connectRaw, rawStream } from '../../testing/raw-grpc.ts';
import { type RunningReapi, startReapi } from '../../testing/start-reapi.ts';
import { OutputBudget } from '../listener/output-budget.ts';

const mebibyte = 2 ** 20;
const perConnectionBytes = 8 * mebibyte;
const calls = 150;
/** So many a client may begin before it has read how many the server takes. */
const callsBeforeSettings = 100;

/** What a client asks for and does not read. */
interface Asked {
  readonly what: string;
  readonly path: string;
  readonly body: Buffer;
}

const content = 'build.bazel.remote.execution.v2.ContentAddressableStorage';
const blob = randomBytes(900_000);
const large = randomBytes(3 * mebibyte);
const digestOf = (bytes: Uint8Array): { hash: string; sizeBytes: bigint } => ({
  hash: sha256Of(bytes),
  sizeBytes: BigInt(bytes.length),
});

const asked: readonly Asked[] = [
  {
    what: 'BatchReadBlobs',
    path: `/${content}/BatchReadBlobs`,
    body: framed(BatchReadBlobsRequestSchema, {
      digests: Array.from({ length: 4 }, () => digestOf(blob)),
    }),
  },
  {
    what: 'FindMissingBlobs',
    path: `/${content}/FindMissingBlobs`,
    body: framed(FindMissingBlobsRequestSchema, {
      blobDigests: Array.from({ length: 1000 }, (_, index) => digestOf(Buffer.from(`${index}`))),
    }),
  },
  {
    what: 'GetActionResult',
    path: '/build.bazel.remote.execution.v2.ActionCache/GetActionResult',
    body: framed(GetActionResultRequestSchema, { actionDigest: digestOf(Buffer.from('action')) }),
  },
  {
    what: 'GetTree',
    path: `/${content}/GetTree`,
    body: framed(GetTreeRequestSchema, { rootDigest: digestOf(treeOf(20_000)) }),
  },
  {
    what: 'Read of a blob that is held whole',
    path: '/google.bytestream.ByteStream/Read',
    body: framed(ReadRequestSchema, { resourceName: `blobs/${sha256Of(blob)}/${blob.length}` }),
  },
  {
    what: 'Read of a blob in pieces',
    path: '/google.bytestream.ByteStream/Read',
    body: framed(ReadRequestSchema, { resourceName: `blobs/${sha256Of(large)}/${large.length}` }),
  },
  {
    what: 'reflection',
    path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    body: Buffer.concat(
      Array.from({ length: 50 }, () =>
        framed(ServerReflectionRequestSchema, {
          messageRequest: {
            case: 'fileContainingSymbol',
            value: 'build.bazel.remote.execution.v2.ActionCache',
          },
        }),
      ),
    ),
  },
];

describe('a client that does not read its answers', () => {
  for (const { what, ...request } of asked) {
    for (const when of ['at once', 'later'] as const) {
      test(`holds no more than its connection may: ${what}, answered ${when}`, async (t) => {
        const output = new OutputBudget({
          outputPerConnectionBytesMax: perConnectionBytes,
          outputPerProcessBytesMax: 2 ** 30,
        });
        const server = await startReapi(t, {
          output,
          isAsync: when === 'later',
          callLimits: { responseIdleTimeoutMs: 500 },
        });
        await fill(server);
        const beforeBytes = memoryBytes();
        let waitingBytes = 0;
        let grownBytes = 0;
        const sampling = setInterval(() => {
          waitingBytes = Math.max(waitingBytes, output.waitingBytes);
          grownBytes = Math.max(grownBytes, memoryBytes() - beforeBytes);
        }, 5);
        t.after(() => clearInterval(sampling));
        // No byte of any answer is asked for.
        const settings = { initialWindowSize: 0 };
        const session = await connectRaw(t, server.address, { settings });
        const streams = Array.from({ length: calls }, () => rawStream(session, request));
        // Each ends: by a status while it waits for room, else by the end of its stream.
        await Promise.all(streams.map((stream) => once(stream, 'close')));
        assert.ok(waitingBytes > 0);
        assert.ok(waitingBytes <= perConnectionBytes + mebibyte, `${waitingBytes} bytes wait`);
        assert.ok(grownBytes < 150 * mebibyte, `memory grew by ${grownBytes}`);
        await eventually(() => server.telemetry.requestsInFlight === 0);
        assert.equal(output.waitingBytes, 0);
      });
    }
  }

  for (const { what, ...request } of asked) {
    test(`may leave its socket unread as well: ${what}`, async (t) => {
      const output = new OutputBudget({
        outputPerConnectionBytesMax: perConnectionBytes,
        outputPerProcessBytesMax: 2 ** 30,
      });
      const callLimits = { responseIdleTimeoutMs: 300, bodyIdleTimeoutMs: 300 };
      const server = await startReapi(t, { output, callLimits });
      await fill(server);
      const beforeBytes = process.memoryUsage.rss();
      // All windows are open, so only the connection itself holds the answers up.
      const session = await connectRaw(t, await deafTo(t, server.address), {
        settings: { initialWindowSize: 2 ** 31 - 1 },
      });
      session.setLocalWindowSize(2 ** 31 - 1);
      for (let call = 0; call < callsBeforeSettings; call += 1) rawStream(session, request);
      await eventually(() => server.telemetry.requestsInFlight > 0);
      let grownBytes = 0;
      await eventually(() => {
        grownBytes = Math.max(grownBytes, process.memoryUsage.rss() - beforeBytes);
        return server.telemetry.requestsInFlight === 0;
      });
      assert.ok(grownBytes < 150 * mebibyte, `memory grew by ${grownBytes}`);
    });
  }

  test('small answers are not kept for longer than others', async (t) => {
    const server = await startReapi(t, { callLimits: { responseIdleTimeoutMs: 300 } });
    const session = await connectRaw(t, server.address, { settings: { initialWindowSize: 0 } });
    const path = '/grpc.health.v1.Health/Check';
    const body = framed(HealthCheckRequestSchema, {});
    const stream = rawStream(session, { path, body });
    await once(stream, 'close');
    assert.equal(stream.rstCode, http2.constants.NGHTTP2_CANCEL);
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });

  test('is cut off when too much waits for all clients together, and others are served', async (t) => {
    let cut = 0;
    const limits = {
      outputPerConnectionBytesMax: 4 * mebibyte,
      outputPerProcessBytesMax: 6 * mebibyte,
    };
    const output = new OutputBudget(limits, () => {
      cut += 1;
    });
    const server = await startReapi(t, { output });
    await fill(server);
    const [{ what: _, ...request }] = asked as [Asked];
    const silent: ClientHttp2Session[] = [];
    for (let clients = 0; clients < 3; clients += 1) {
      const session = await connectRaw(t, server.address, { settings: { initialWindowSize: 0 } });
      silent.push(session);
      for (let each = 0; each < 10; each += 1) rawStream(session, request);
    }
    await eventually(() => cut >= 1);
    await eventually(() => silent.some(({ destroyed }) => destroyed));
    assert.ok(output.waitingBytes <= limits.outputPerProcessBytesMax);
    const resourceName = `blobs/${sha256Of(large)}/${large.length}`;
    assert.ok((await read(server, resourceName)).equals(large));
  });

  test('many who watch the health share one timer', async (t) => {
    const server = await startReapi(t);
    const session = await connectRaw(t, server.address);
    const path = '/grpc.health.v1.Health/Watch';
    const body = framed(HealthCheckRequestSchema, {});
    const streams = Array.from({ length: calls }, () => rawStream(session, { path, body }));
    await Promise.all(streams.map((stream) => once(stream, 'data')));
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
    assert.ok(timers.length < 20, `${timers.length} timers`);
    for (const stream of streams) stream.close(http2.constants.NGHTTP2_CANCEL);
    await eventually(() => server.telemetry.requestsInFlight === 0);
  });
});

describe('a client that reads slowly', () => {
  for (const { what, ...request } of asked) {
    for (const when of ['at once', 'later'] as const) {
      test(`gets all of it, and little waits: ${what}, answered ${when}`, async (t) => {
        const output = new OutputBudget({
          outputPerConnectionBytesMax: mebibyte,
          outputPerProcessBytesMax: 2 ** 30,
        });
        const server = await startReapi(t, { output, isAsync: when === 'later' });
        await fill(server);
        const session = await connectRaw(t, server.address, {
          settings: { initialWindowSize: 256 * 1024 },
        });
        const one = await readSlowly(rawStream(session, request));
        let waitingBytes = 0;
        const sampling = setInterval(() => {
          waitingBytes = Math.max(waitingBytes, output.waitingBytes);
        }, 1);
        t.after(() => clearInterval(sampling));
        const all = await Promise.all(
          Array.from({ length: 3 + Math.ceil((3 * mebibyte) / one.bytes) }, () =>
            readSlowly(rawStream(session, request)),
          ),
        );
        for (const answer of all) assert.deepEqual(answer, one);
        assert.equal(one.status, '0');
        assert.ok(waitingBytes > 0);
        // One answer may be larger than the bound, and then has the connection to itself; and what is
        // thought of a size before an answer is made is off by its frame.
        const allowedBytes = Math.max(mebibyte, one.bytes) + 4096;
        assert.ok(waitingBytes <= allowedBytes, `${waitingBytes} bytes wait`);
      });
    }
  }
});

test('a client that reads slowly, but reads, gets all of its answers', async (t) => {
  const server = await startReapi(t, { callLimits: { responseIdleTimeoutMs: 500 } });
  await fill(server);
  const session = await connectRaw(t, server.address, {
    settings: { initialWindowSize: 300 * 1024 },
  });
  const [{ what: _, ...request }] = asked as [Asked];
  const stream = rawStream(session, request);
  let bytes = 0;
  let pauses = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (pauses * 300_000 < bytes) {
      pauses += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  assert.ok(pauses > 10 && bytes > 4 * blob.length);
});

/** Reads a piece, does something else, and reads the next. */
async function readSlowly(
  stream: ClientHttp2Stream,
): Promise<{ readonly bytes: number; readonly status: unknown }> {
  let bytes = 0;
  let pauses = 0;
  let status: unknown;
  stream.on('trailers', (trailers) => {
    status = trailers['grpc-status'];
  });
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes < pauses * 128 * 1024) return;
    pauses += 1;
    stream.pause();
    setTimeout(() => stream.resume(), 1);
  });
  await once(stream, 'close');
  return { bytes, status };
}

/** @returns the address of a relay that brings what a client sends, and takes nothing of the answers. */
async function deafTo(t: Cleanup, address: string): Promise<string> {
  const [host, port] = address.split(':');
  const sockets: Socket[] = [];
  const relay = createServer((client) => {
    const server = connect(Number(port), host!);
    for (const socket of [client, server]) {
      sockets.push(socket);
      socket.on('error', () => {});
    }
    client.pipe(server);
    server.pause();
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  return `127.0.0.1:${(relay.address() as AddressInfo).port}`;
}

async function fill({ cache }: RunningReapi): Promise<void> {
  const signal = AbortSignal.timeout(30_000);
  for (const bytes of [blob, large, treeOf(20_000)]) {
    await cache.put({ space: 'cas', hash: sha256Of(bytes) }, callerOf(), bytes, { signal });
  }
  const result = framed(GetActionResultRequestSchema, {});
  assert.equal(result.length, 5);
  const action = { space: 'ac', namespace: '', key: sha256Of('action') } as const;
  // stdout_raw (5)
  const stdout = Buffer.concat([Buffer.from([0x2a, 0x80, 0x80, 0x20]), Buffer.alloc(2 ** 19)]);
  await cache.put(action, callerOf(), stdout, { signal });
}

/** A Directory with files of long names. */
function treeOf(files: number): Buffer {
  const name = Buffer.alloc(40, 'n');
  const file = Buffer.concat([Buffer.from([0x0a, 42, 0x0a, 40]), name]);
  return Buffer.concat(Array.from({ length: files }, () => file));
}

function framed<D extends DescMessage>(schema: D, fields: MessageInitShape<D>): Buffer {
  return frameOf(toBinary(schema, create(schema, fields)));
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
