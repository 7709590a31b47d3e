import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { blake3 } from '@napi-rs/blake-hash';
import { sha256Of } from '../../core/index.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import type { Store } from '../../storage/index.ts';
import { boundStore } from '../../testing/bound-store.ts';
import { callerOf } from '../../testing/caller.ts';
import { type RunningReapi, startReapi } from '../../testing/start-reapi.ts';
import {
  type BatchUpdateBlobsResponse,
  Capabilities,
  Compressor_Value,
  ContentAddressableStorage,
  DigestFunction_Value,
  type Directory,
  DirectorySchema,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { zstdCompressWhole, zstdDecompressWhole } from '../shared/zstd/index.ts';
import { grpcCodes } from './errors.ts';

const { method } = ContentAddressableStorage;

describe('ContentAddressableStorage', () => {
  test('FindMissingBlobs names what is absent, in one index lookup, and never the empty blob', async (t) => {
    const memory = createMemoryStore({ maxBytes: 0 });
    let lookups = 0;
    const store: Store = {
      ...boundStore(memory),
      missing: (keys) => {
        lookups += 1;
        return memory.missing(keys);
      },
    };
    const server = await startReapi(t, { store });
    const present = Array.from({ length: 50 }, () => randomBytes(20));
    await updateAll(server, present);
    const absent = Array.from({ length: 5000 }, () => digestOf(randomBytes(20)));
    const empty = digestOf(Buffer.alloc(0));
    lookups = 0;
    const { missingBlobDigests } = await server.client.unary(method.findMissingBlobs, {
      blobDigests: [...absent, ...present.map(digestOf), empty],
    });
    assert.deepEqual(
      missingBlobDigests.map(({ hash }) => hash),
      absent.map(({ hash }) => hash),
    );
    assert.equal(lookups, 1);
  });

  test('a malformed digest fails the whole call', async (t) => {
    const server = await startReapi(t);
    const blobDigests = [digestOf(Buffer.from('a')), { hash: 'x', sizeBytes: 1n }];
    const call = server.client.unary(method.findMissingBlobs, { blobDigests });
    await rejectsWith(grpcCodes.invalidArgument, call);
  });

  test('blobs stored in a batch are read in a batch, and over HTTP', async (t) => {
    const server = await startReapi(t);
    const blobs = [0, 1, 500, 20_000, 1_500_000].map((size) => mixedBytes(size));
    const { responses } = await updateAll(server, blobs);
    assert.deepEqual(
      responses.map(({ status }) => status?.code),
      [0, 0, 0, 0, 0],
    );
    const gone = digestOf(randomBytes(9));
    const answer = await server.client.unary(method.batchReadBlobs, {
      digests: [...blobs.map(digestOf), gone],
    });
    for (const [index, bytes] of blobs.entries()) {
      const part = answer.responses[index]!;
      assert.equal(part.status?.code, 0);
      assert.ok(Buffer.from(part.data).equals(bytes));
      const http = await fetch(`${server.httpUrl}/cas/${sha256Of(bytes)}`);
      assert.ok(Buffer.from(await http.arrayBuffer()).equals(bytes));
    }
    assert.equal(answer.responses[5]?.status?.code, grpcCodes.notFound);
  });

  test('batches carry zstd both ways', async (t) => {
    const server = await startReapi(t);
    const bytes = mixedBytes(50_000);
    const digest = digestOf(bytes);
    const requests = [
      { digest, data: await zstdCompressWhole(bytes), compressor: Compressor_Value.ZSTD },
      { digest, data: bytes, compressor: Compressor_Value.ZSTD },
      { digest, data: await zstdCompressWhole(bytes), compressor: Compressor_Value.IDENTITY },
      { digest, data: bytes, compressor: Compressor_Value.BROTLI },
    ];
    const { responses } = await server.client.unary(method.batchUpdateBlobs, { requests });
    assert.deepEqual(
      responses.map(({ status }) => status?.code),
      [0, 3, 3, 3],
    );
    const acceptableCompressors = [Compressor_Value.IDENTITY, Compressor_Value.ZSTD];
    const request = { digests: [digest], acceptableCompressors };
    const [part] = (await server.client.unary(method.batchReadBlobs, request)).responses;
    assert.equal(part?.compressor, Compressor_Value.ZSTD);
    assert.ok(part.data.length < bytes.length);
    assert.ok(Buffer.from(await zstdDecompressWhole(part.data, bytes.length)).equals(bytes));
  });

  test('each blob of a batch has its own status', async (t) => {
    const server = await startReapi(t);
    const good = randomBytes(100);
    const { responses } = await server.client.unary(method.batchUpdateBlobs, {
      requests: [
        { digest: digestOf(good), data: randomBytes(100) },
        { digest: digestOf(good), data: good.subarray(1) },
        { digest: { ...digestOf(good), sizeBytes: 99n }, data: good },
        { data: good },
        { digest: digestOf(good), data: good },
      ],
    });
    assert.deepEqual(
      responses.map(({ status }) => status?.code),
      [3, 3, 3, 3, 0],
    );
    assert.equal((await server.cache.usage()).entries, 1);
  });

  test('the announced limit is kept, for the sum of a batch', async (t) => {
    const server = await startReapi(t);
    const { cacheCapabilities } = await server.client.unary(
      Capabilities.method.getCapabilities,
      {},
    );
    const limit = Number(cacheCapabilities?.maxBatchTotalSizeBytes);
    assert.ok(limit > 3.5 * 2 ** 20 && limit < 4 * 2 ** 20);
    const blobs = [randomBytes(limit - 1000), randomBytes(1000)];
    const { responses } = await updateAll(server, blobs);
    assert.deepEqual(
      responses.map(({ status }) => status?.code),
      [0, 0],
    );
    const read = await server.client.unary(method.batchReadBlobs, { digests: blobs.map(digestOf) });
    assert.equal(read.responses.length, 2);
    const over = [...blobs, randomBytes(1)];
    await rejectsWith(grpcCodes.invalidArgument, updateAll(server, over));
    const digests = over.map(digestOf);
    const call = server.client.unary(method.batchReadBlobs, { digests });
    await rejectsWith(grpcCodes.invalidArgument, call);
  });

  test('a blob that is larger than a client says is not read into memory', async (t) => {
    const server = await startReapi(t);
    const large = randomBytes(10 * 2 ** 20);
    const key = { space: 'cas', hash: sha256Of(large) } as const;
    await server.cache.put(key, callerOf(), large, { signal: AbortSignal.timeout(5000) });
    const digests = [{ hash: sha256Of(large), sizeBytes: 5n }];
    const { responses } = await server.client.unary(method.batchReadBlobs, { digests });
    assert.equal(responses[0]?.status?.code, grpcCodes.notFound);
  });

  test('BLAKE3 blobs are found by BLAKE3 alone', async (t) => {
    const server = await startReapi(t);
    const bytes = randomBytes(5000);
    const digest = { hash: blake3(bytes).toString('hex'), sizeBytes: 5000n };
    const digestFunction = DigestFunction_Value.BLAKE3;
    const wrong = randomBytes(5000);
    const update = await server.client.unary(method.batchUpdateBlobs, {
      digestFunction,
      requests: [
        { digest, data: wrong },
        { digest, data: bytes },
        { digest, data: bytes },
      ],
    });
    assert.deepEqual(
      update.responses.map(({ status }) => status?.code),
      [3, 0, 0],
    );
    const find = (request: MessageInitShape<typeof method.findMissingBlobs.input>) =>
      server.client.unary(method.findMissingBlobs, request);
    const empty = { hash: blake3('').toString('hex'), sizeBytes: 0n };
    const found = await find({ blobDigests: [digest, empty], digestFunction });
    assert.equal(found.missingBlobDigests.length, 0);
    assert.equal((await find({ blobDigests: [digest] })).missingBlobDigests.length, 1);
    const read = await server.client.unary(method.batchReadBlobs, {
      digests: [digest, empty],
      digestFunction,
    });
    assert.ok(Buffer.from(read.responses[0]!.data).equals(bytes));
    assert.equal(read.responses[1]?.status?.code, 0);
  });

  test('a server that takes no writes says so, and serves reads', async (t) => {
    const server = await startReapi(t, { readOnly: true });
    const capabilities = await server.client.unary(Capabilities.method.getCapabilities, {});
    const update = capabilities.cacheCapabilities?.actionCacheUpdateCapabilities;
    assert.equal(update?.updateEnabled, false);
    await rejectsWith(grpcCodes.permissionDenied, updateAll(server, [randomBytes(5)]));
    await server.client.unary(method.findMissingBlobs, { blobDigests: [] });
  });
});

describe('GetTree', () => {
  test('answers a tree once each, parents first, in pages', async (t) => {
    const server = await startReapi(t);
    const leaf = directory({ files: ['leaf'] });
    const middle = directory({ directories: { leaf } });
    const root = directory({ directories: { a: middle, b: leaf, c: middle } });
    await updateAll(server, [leaf, middle, root].map(encode));
    const rootDigest = digestOf(encode(root));
    const whole = await tree(server, { rootDigest });
    assert.deepEqual(whole.directories, [root, middle, leaf]);
    const paged = await tree(server, { rootDigest, pageSize: 1 });
    assert.deepEqual(paged.directories, [root, middle, leaf]);
    assert.equal(paged.pages, 3);
    const rest = await tree(server, { rootDigest, pageToken: paged.firstToken });
    assert.deepEqual(rest.directories, [middle, leaf]);
  });

  test('leaves out what is not stored, but for the root', async (t) => {
    const server = await startReapi(t);
    const leaf = directory({ files: ['leaf'] });
    const root = directory({ directories: { leaf } });
    const rootDigest = digestOf(encode(root));
    await rejectsWith(grpcCodes.notFound, tree(server, { rootDigest }));
    await updateAll(server, [encode(root)]);
    assert.deepEqual((await tree(server, { rootDigest })).directories, [root]);
  });

  test('bounds how far it walks', async (t) => {
    const server = await startReapi(t, { limits: { treeDirectoriesMax: 3 } });
    const leaves = ['1', '2', '3', '4'].map((name) => directory({ files: [name] }));
    const root = directory({ directories: Object.fromEntries(leaves.entries()) });
    await updateAll(server, [...leaves, root].map(encode));
    const call = tree(server, { rootDigest: digestOf(encode(root)) });
    await rejectsWith(grpcCodes.invalidArgument, call);
  });

  test('a blob that is not a directory, and a malformed token, are rejected', async (t) => {
    const server = await startReapi(t);
    const blob = Buffer.from([0xff, 0xff, 0xff]);
    await updateAll(server, [blob]);
    await rejectsWith(grpcCodes.invalidArgument, tree(server, { rootDigest: digestOf(blob) }));
    const bad = { rootDigest: digestOf(blob), pageToken: 'x' };
    await rejectsWith(grpcCodes.invalidArgument, tree(server, bad));
  });
});

function digestOf(bytes: Uint8Array): { hash: string; sizeBytes: bigint } {
  return { hash: sha256Of(bytes), sizeBytes: BigInt(bytes.length) };
}

function mixedBytes(sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, 'output of a build step, ');
  randomBytes(sizeBytes >> 1).copy(bytes);
  return bytes;
}

function updateAll(
  { client }: RunningReapi,
  blobs: readonly Uint8Array[],
): Promise<BatchUpdateBlobsResponse> {
  const requests = blobs.map((data) => ({ digest: digestOf(data), data }));
  return client.unary(method.batchUpdateBlobs, { requests });
}

function directory(parts: {
  readonly files?: readonly string[];
  readonly directories?: Readonly<Record<string, Directory>>;
}): Directory {
  return create(DirectorySchema, {
    files: (parts.files ?? []).map((name) => ({ name, digest: digestOf(Buffer.from(name)) })),
    directories: Object.entries(parts.directories ?? {}).map(([name, child]) => ({
      name,
      digest: digestOf(encode(child)),
    })),
  });
}

function encode(message: Directory): Uint8Array {
  return toBinary(DirectorySchema, message);
}

async function tree(
  { client }: RunningReapi,
  request: MessageInitShape<typeof method.getTree.input>,
): Promise<{ directories: Directory[]; pages: number; firstToken: string }> {
  const directories: Directory[] = [];
  const tokens: string[] = [];
  for await (const page of client.serverStream(method.getTree, request)) {
    directories.push(...page.directories);
    tokens.push(page.nextPageToken);
  }
  assert.equal(tokens.at(-1), '', 'the last page says that it is');
  return { directories, pages: tokens.length, firstToken: tokens[0] ?? '' };
}

async function rejectsWith(code: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: { code?: number; message: string }) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}
