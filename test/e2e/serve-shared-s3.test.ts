import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createClient } from '@redis/client';
import { ByteStream } from '../../src/protocols/shared/protobuf/generated/bytestream.pb.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { GrpcClient } from '../../src/testing/grpc-client.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { needsRedis, type StartedRedis, startRedis } from '../../src/testing/start-redis.ts';
import { type StartedS3, startS3 } from '../../src/testing/start-s3.ts';
import { type RunningServer, startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { hashOf, put, read, until } from './serve-client.ts';

/** Above the size up to which a body is read whole before the answer begins. */
const largeBytes = 3 * 2 ** 20 + 12_345;
const recoveryMs = 60_000;

describe('two nodes on one Redis and one S3', needsRedis, () => {
  // What is registered with the suite within a hook would run at that hook's end.
  const cleanups: (() => unknown)[] = [];
  const t = { after: (cleanup: () => unknown) => cleanups.push(cleanup) };
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });
  let redis: StartedRedis;
  let s3: StartedS3;
  let one: Node;
  let other: Node;

  interface Node extends RunningServer {
    readonly grpc: GrpcClient;
  }

  const startNode = async (args: readonly string[] = ['--workers', '1']): Promise<Node> => {
    const grpcPort = await freePort();
    const server = await startServer(t, {
      args: [
        ...['--store', 'shared', '--redis', redis.url, '--s3', s3.url, '--bucket', s3.bucket],
        ...['--grpc-port', String(grpcPort), ...args],
      ],
      env: { MEMOBUILD_S3_TIMEOUT: '5s', MEMOBUILD_REDIS_TIMEOUT: '20s' },
    });
    return { ...server, grpc: new GrpcClient(t, `127.0.0.1:${grpcPort}`) };
  };

  before(async () => {
    [redis, s3] = await Promise.all([startRedis(t, ['--appendfsync', 'no']), startS3(t)]);
    [one, other] = await Promise.all([startNode(), startNode()]);
  });

  const stored = async (sizeBytes: number): Promise<{ bytes: Buffer; path: string }> => {
    const bytes = randomBytes(sizeBytes);
    const path = `cas/${hashOf(bytes)}`;
    assert.equal((await put(`${one.url}/${path}`, bytes)).status, 200);
    return { bytes, path };
  };

  test('what is written on one over HTTP is read on the other over HTTP and gRPC, whole and in part', async () => {
    for (const sizeBytes of [100_000, largeBytes]) {
      const { bytes, path } = await stored(sizeBytes);
      assert.deepEqual(await read(`${other.url}/${path}`), bytes);
      assert.deepEqual(await readOverGrpc(other.grpc, bytes), bytes);
      const [from, to] = [70_001, sizeBytes - 3];
      const part = await fetch(`${other.url}/${path}`, {
        headers: { range: `bytes=${from}-${to - 1}` },
      });
      assert.equal(part.status, 206);
      assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to));
      assert.deepEqual(await readOverGrpc(other.grpc, bytes, from), bytes.subarray(from));
    }
  });

  test('what is written on one over gRPC is read on the other over HTTP', async () => {
    const bytes = randomBytes(largeBytes);
    const { call, answer } = one.grpc.clientStream(ByteStream.method.write);
    const resourceName = `uploads/x/${resourceOf(bytes)}`;
    for (let at = 0; at < bytes.byteLength; at += 2 ** 20) {
      const data = bytes.subarray(at, at + 2 ** 20);
      const finishWrite = at + data.byteLength === bytes.byteLength;
      call.write({ resourceName, writeOffset: BigInt(at), data, finishWrite });
    }
    call.end();
    assert.equal(Number((await answer).committedSize), bytes.byteLength);
    assert.deepEqual(await read(`${other.url}/cas/${hashOf(bytes)}`), bytes);
  });

  test('a download whose transfers from S3 are cut again and again is whole', async () => {
    const { bytes, path } = await stored(largeBytes);
    s3.fault = 'cut';
    try {
      assert.deepEqual(await read(`${other.url}/${path}`), bytes);
      assert.deepEqual(await readOverGrpc(one.grpc, bytes), bytes);
    } finally {
      s3.fault = undefined;
    }
  });

  for (const way of ['HTTP', 'gRPC'] as const) {
    test(`a download over ${way} during which S3 goes away fails for its client, the entry stays, and other requests go on`, async () => {
      const { bytes, path } = await stored(largeBytes);
      const small = await stored(500);
      s3.fault = 'cut, then down';
      try {
        if (way === 'gRPC') {
          await assert.rejects(readOverGrpc(other.grpc, bytes), { code: 14 });
        } else {
          const answer = await fetch(`${other.url}/${path}`);
          assert.equal(answer.status, 200);
          assert.equal(Number(answer.headers.get('content-length')), bytes.byteLength);
          await assert.rejects(answer.arrayBuffer());
        }
        assert.equal(s3.fault, 'down');
        assert.deepEqual(await read(`${other.url}/${small.path}`), small.bytes);
      } finally {
        s3.fault = undefined;
      }
      await until(
        () => read(`${other.url}/${path}`),
        (again) => again.equals(bytes),
        recoveryMs,
      );
    });
  }

  test('while S3 is down a large body is a miss everywhere and a node is ready; its entry is there again later', async () => {
    const { bytes, path } = await stored(100_000);
    const small = await stored(500);
    s3.fault = 'down';
    try {
      for (const { url, grpc } of [one, other]) {
        for (let times = 0; times < 4; times += 1) {
          assert.equal((await fetch(`${url}/${path}`)).status, 404);
        }
        await assert.rejects(readOverGrpc(grpc, bytes), { code: 5 });
        const refused = randomBytes(50_000);
        assert.equal((await put(`${url}/cas/${hashOf(refused)}`, refused)).status, 503);
        assert.deepEqual(await read(`${url}/${small.path}`), small.bytes);
        assert.equal((await fetch(`${url}/readyz`)).status, 200);
      }
    } finally {
      s3.fault = undefined;
    }
    for (const { url } of [one, other]) {
      await until(
        () => read(`${url}/${path}`),
        (again) => again.equals(bytes),
        recoveryMs,
      );
    }
  });

  test('with --local-tier a node reads a body from S3 once, keeps it over a restart, and has the directory to itself', async () => {
    const dir = await tempDir(t);
    const tier = ['--workers', '2', '--local-tier', dir];
    const node = await startNode(tier);
    const { bytes, path } = await stored(largeBytes);
    /** What S3 is asked while the node answers. */
    const requestsOf = async (url: string): Promise<number> => {
      const before = s3.requests;
      assert.deepEqual(await read(`${url}/${path}`), bytes);
      return s3.requests - before;
    };
    assert((await requestsOf(node.url)) >= 1);
    // A machine may be so busy that a reader does not wait for the fetch.
    await until(
      () => requestsOf(node.url),
      (requests) => requests === 0,
    );
    const before = s3.requests;
    await Promise.all(Array.from({ length: 8 }, () => requestsOf(node.url)));
    assert.deepEqual(await readOverGrpc(node.grpc, bytes, 1_000_001), bytes.subarray(1_000_001));
    assert.equal(s3.requests, before);
    await assert.rejects(startNode(tier), /the store in .* is in use/);
    await node.stop();
    const again = await startNode(tier);
    assert.equal(await requestsOf(again.url), 0);
    const purge = ['purge', '--url', one.url, '--key', path];
    assert.equal((await runMemobuild(purge, { deadlineMs: 120_000 })).exitCode, 0);
    assert.equal((await fetch(`${again.url}/${path}`)).status, 404);
  });

  test('memobuild rebuild makes entries of the objects once Redis has lost all, or begins empty', async () => {
    const { bytes, path } = await stored(largeBytes);
    const settings = ['--store', 'shared', '--redis', redis.url];
    const bucket = ['--s3', s3.url, '--bucket', s3.bucket];
    await flush(redis);
    assert.equal((await fetch(`${one.url}/${path}`)).status, 404);
    const deadlineMs = 120_000;
    const rebuilt = await runMemobuild(['rebuild', ...settings, ...bucket], { deadlineMs });
    assert.equal(rebuilt.exitCode, 0, rebuilt.stderr);
    assert.match(rebuilt.stdout, /^made \d+ entries, .*; deleted 0 objects\n$/);
    for (const { url, grpc } of [one, other]) {
      assert.deepEqual(await read(`${url}/${path}`), bytes);
      assert.deepEqual(await readOverGrpc(grpc, bytes), bytes);
    }
    await flush(redis);
    const empty = ['rebuild', ...settings, ...bucket, '--empty'];
    const emptied = await runMemobuild(empty, { deadlineMs });
    assert.match(emptied.stdout, /^made 0 entries, .*; deleted \d+ objects\n$/, emptied.stderr);
    assert.deepEqual(await s3.objects(), []);
    const refused = await runMemobuild(['rebuild', ...settings], { deadlineMs });
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /rebuild requires --store shared and --s3/);
  });
});

async function flush({ port }: StartedRedis): Promise<void> {
  const client = createClient({ socket: { host: '127.0.0.1', port } });
  await client.connect();
  await client.flushAll();
  client.destroy();
}

function resourceOf(bytes: Buffer): string {
  return `blobs/${hashOf(bytes)}/${bytes.byteLength}`;
}

async function readOverGrpc(client: GrpcClient, bytes: Buffer, from = 0): Promise<Buffer> {
  const request = { resourceName: resourceOf(bytes), readOffset: BigInt(from) };
  const pieces: Uint8Array[] = [];
  for await (const { data } of client.serverStream(ByteStream.method.read, request)) {
    pieces.push(data);
  }
  return Buffer.concat(pieces);
}
