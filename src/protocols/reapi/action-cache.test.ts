import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { blake3 } from '@napi-rs/blake-hash';
import { sha256Of } from '../../core/index.ts';
import { callerOf } from '../../testing/caller.ts';
import { type RunningReapi, startReapi } from '../../testing/start-reapi.ts';
import {
  ActionCache,
  type ActionResult,
  ActionResultSchema,
  ContentAddressableStorage,
  DigestFunction_Value,
  DirectorySchema,
  type GetActionResultRequestSchema,
  TreeSchema,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { grpcCodes } from './errors.ts';

describe('ActionCache', () => {
  test('a result comes back, with all its fields, and is a miss until it is stored', async (t) => {
    const server = await startReapi(t);
    const stored = await resultWith(server, [{ path: 'bin/a', bytes: randomBytes(500) }]);
    await rejectsWith(grpcCodes.notFound, getResult(server, 'a', anAction));
    const echoed = await update(server, 'a', stored);
    assert.deepEqual(echoed, stored);
    assert.deepEqual(await getResult(server, 'a', anAction), stored);
    await rejectsWith(grpcCodes.notFound, getResult(server, 'b', anAction));
  });

  test('what gRPC stores HTTP serves byte by byte, and the other way round', async (t) => {
    const server = await startReapi(t);
    const result = await resultWith(server, [{ path: 'out', bytes: randomBytes(99) }]);
    const bytes = Buffer.from(toBinary(ActionResultSchema, result));
    for (const instance of ['', 'team', 'team/linux-x64', 'größe/ß']) {
      const path =
        instance === '' ? '' : `/${instance.split('/').map(encodeURIComponent).join('/')}`;
      await update(server, instance, result);
      const answer = await fetch(`${server.httpUrl}${path}/ac/${anAction.hash}`);
      assert.equal(answer.status, 200);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);

      const other = digestOf(randomBytes(20));
      const put = { method: 'PUT', body: bytes };
      const stored = await fetch(`${server.httpUrl}${path}/ac/${other.hash}`, put);
      assert.equal(stored.status, 200);
      assert.deepEqual(await getResult(server, instance, other), result);
    }
  });

  test('a result whose content is gone is a miss', async (t) => {
    const server = await startReapi(t);
    const bytes = randomBytes(300);
    await update(server, '', await resultWith(server, [{ path: 'out', bytes }]));
    const key = { space: 'cas', hash: sha256Of(bytes) } as const;
    await server.cache.purge({ what: 'key', key }, callerOf(), {
      signal: AbortSignal.timeout(1000),
    });
    await rejectsWith(grpcCodes.notFound, getResult(server, '', anAction));
  });

  test('what other tools keep under /ac/ is a miss here', async (t) => {
    const server = await startReapi(t);
    const put = { method: 'PUT', body: Buffer.from('cCac\0 no message of ours') };
    await fetch(`${server.httpUrl}/ac/${anAction.hash}`, put);
    await rejectsWith(grpcCodes.notFound, getResult(server, '', anAction));
  });

  test('what is asked for inline is put in, as far as it fits', async (t) => {
    const server = await startReapi(t, { limits: { inlineBytesMax: 1000 } });
    const small = randomBytes(600);
    const second = randomBytes(401);
    const stdout = randomBytes(100);
    const result = await resultWith(server, [
      { path: 'a', bytes: small },
      { path: 'b', bytes: second },
      { path: 'c', bytes: randomBytes(10) },
    ]);
    await upload(server, stdout);
    result.stdoutDigest = { $typeName: digestType, ...digestOf(stdout) };
    await update(server, '', result);
    const plain = await getResult(server, '', anAction);
    assert.equal(plain.stdoutRaw.length, 0);
    const request = { actionDigest: anAction, inlineStdout: true, inlineOutputFiles: ['a', 'b'] };
    const inlined = await server.client.unary(ActionCache.method.getActionResult, request);
    assert.deepEqual(Buffer.from(inlined.stdoutRaw), stdout);
    assert.deepEqual(Buffer.from(inlined.outputFiles[0]!.contents), small);
    assert.equal(inlined.outputFiles[1]!.contents.length, 0, '401 no longer fits');
    assert.equal(inlined.outputFiles[2]!.contents.length, 0, 'c was not asked for');
  });

  test('BLAKE3 results are kept apart, and are misses once their content is gone', async (t) => {
    const server = await startReapi(t);
    const bytes = randomBytes(700);
    const hash = blake3(bytes).toString('hex');
    const digest = { hash, sizeBytes: BigInt(bytes.length) };
    const digestFunction = DigestFunction_Value.BLAKE3;
    await server.client.unary(ContentAddressableStorage.method.batchUpdateBlobs, {
      requests: [{ digest, data: bytes }],
      digestFunction,
    });
    const actionResult = create(ActionResultSchema, { outputFiles: [{ path: 'out', digest }] });
    const request = { actionDigest: anAction, digestFunction };
    await server.client.unary(ActionCache.method.updateActionResult, { ...request, actionResult });
    const { getActionResult } = ActionCache.method;
    assert.deepEqual(await server.client.unary(getActionResult, request), actionResult);
    await rejectsWith(grpcCodes.notFound, getResult(server, '', anAction));
    const key = {
      space: 'ac',
      namespace: 'blake3:content',
      key: `${hash}-${bytes.length}`,
    } as const;
    await server.cache.purge({ what: 'key', key }, callerOf(), {
      signal: AbortSignal.timeout(1000),
    });
    await rejectsWith(grpcCodes.notFound, server.client.unary(getActionResult, request));
  });

  for (const digestFunction of [DigestFunction_Value.SHA256, DigestFunction_Value.BLAKE3]) {
    test(`a result whose directory lacks a file is a miss (function ${digestFunction})`, async (t) => {
      const server = await startReapi(t);
      const isBlake3 = digestFunction === DigestFunction_Value.BLAKE3;
      const nameOf = (bytes: Uint8Array) =>
        isBlake3
          ? { ...digestOf(bytes), hash: blake3(Buffer.from(bytes)).toString('hex') }
          : digestOf(bytes);
      const file = randomBytes(50);
      const files = [{ name: 'file', digest: nameOf(file) }];
      const tree = toBinary(TreeSchema, create(TreeSchema, { root: {}, children: [{ files }] }));
      const sub = toBinary(DirectorySchema, create(DirectorySchema, { files }));
      const directories = [{ name: 'sub', digest: nameOf(sub) }];
      const root = toBinary(DirectorySchema, create(DirectorySchema, { directories }));
      const request = { actionDigest: anAction, digestFunction };
      const { getActionResult, updateActionResult } = ActionCache.method;
      for (const [form, parts] of [
        [{ treeDigest: nameOf(tree) }, [file, tree]],
        [{ rootDirectoryDigest: nameOf(root) }, [root, file, sub]],
        [{ treeDigest: nameOf(tree), rootDirectoryDigest: nameOf(root) }, [sub, tree, root, file]],
      ] as const) {
        const outputDirectories = [{ path: 'dir', ...form }];
        const actionResult = create(ActionResultSchema, { outputDirectories });
        await server.client.unary(updateActionResult, { ...request, actionResult });
        for (const bytes of parts) {
          await rejectsWith(grpcCodes.notFound, server.client.unary(getActionResult, request));
          const requests = [{ digest: nameOf(bytes), data: bytes }];
          const { batchUpdateBlobs } = ContentAddressableStorage.method;
          await server.client.unary(batchUpdateBlobs, { requests, digestFunction });
        }
        await server.client.unary(getActionResult, request);
        for (const bytes of [file, tree, sub, root]) {
          const name = `${nameOf(bytes).hash}-${bytes.length}`;
          const key = isBlake3
            ? ({ space: 'ac', namespace: 'blake3:content', key: name } as const)
            : ({ space: 'cas', hash: sha256Of(bytes) } as const);
          await server.cache.purge({ what: 'key', key }, callerOf(), {
            signal: AbortSignal.timeout(1000),
          });
        }
      }
      const outputDirectories = [{ path: 'dir' }];
      const actionResult = create(ActionResultSchema, { outputDirectories });
      const call = server.client.unary(updateActionResult, { ...request, actionResult });
      await rejectsWith(grpcCodes.invalidArgument, call);
    });
  }

  const badRequests: { name: string; request: GetRequest }[] = [
    { name: 'no digest', request: {} },
    {
      name: 'an upper-case hash',
      request: { actionDigest: { ...digestOf('a'), hash: 'A'.repeat(64) } },
    },
    { name: 'a short hash', request: { actionDigest: { hash: 'abc', sizeBytes: 3n } } },
    { name: 'a negative size', request: { actionDigest: { ...digestOf('a'), sizeBytes: -1n } } },
    {
      name: 'size 0 with another hash',
      request: { actionDigest: { ...digestOf('a'), sizeBytes: 0n } },
    },
    { name: 'SHA-512', request: { actionDigest: digestOf('a'), digestFunction: 6 } },
    {
      name: 'an instance with dots',
      request: { actionDigest: digestOf('a'), instanceName: 'a/../b' },
    },
    {
      name: 'an instance with a keyword',
      request: { actionDigest: digestOf('a'), instanceName: 'a/blobs' },
    },
    {
      name: "a tool's namespace",
      request: { actionDigest: digestOf('a'), instanceName: 'nx:team' },
    },
    {
      name: 'an endless instance',
      request: { actionDigest: digestOf('a'), instanceName: 'x'.repeat(300) },
    },
  ];
  for (const { name, request } of badRequests) {
    test(`${name} is an invalid argument`, async (t) => {
      const server = await startReapi(t);
      const call = server.client.unary(ActionCache.method.getActionResult, request);
      await rejectsWith(grpcCodes.invalidArgument, call);
    });
  }

  test('a result that names nonsense is refused', async (t) => {
    const server = await startReapi(t);
    const results = [
      undefined,
      create(ActionResultSchema, { outputFiles: [{ path: 'out' }] }),
      create(ActionResultSchema, { stdoutDigest: { hash: 'zz', sizeBytes: 1n } }),
    ];
    for (const actionResult of results) {
      const request = { actionDigest: anAction, ...(actionResult && { actionResult }) };
      const call = server.client.unary(ActionCache.method.updateActionResult, request);
      await rejectsWith(grpcCodes.invalidArgument, call);
    }
  });

  test('a result of nothing is a result', async (t) => {
    const server = await startReapi(t);
    const empty = fromBinary(ActionResultSchema, new Uint8Array(0));
    await update(server, '', empty);
    assert.deepEqual(await getResult(server, '', anAction), empty);
  });
});

type GetRequest = MessageInitShape<typeof GetActionResultRequestSchema>;

const digestType = 'build.bazel.remote.execution.v2.Digest';
const anAction = digestOf(Buffer.from('an action'));

function digestOf(bytes: Uint8Array | string): { hash: string; sizeBytes: bigint } {
  return { hash: sha256Of(bytes), sizeBytes: BigInt(bytes.length) };
}

async function upload({ client }: RunningReapi, bytes: Uint8Array): Promise<void> {
  const { responses } = await client.unary(ContentAddressableStorage.method.batchUpdateBlobs, {
    requests: [{ digest: digestOf(bytes), data: bytes }],
  });
  assert.equal(responses[0]?.status?.code, 0);
}

async function resultWith(
  server: RunningReapi,
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): Promise<ActionResult> {
  for (const { bytes } of files) await upload(server, bytes);
  return create(ActionResultSchema, {
    outputFiles: files.map(({ path, bytes }) => ({ path, digest: digestOf(bytes) })),
    exitCode: 0,
    executionMetadata: { worker: 'here', queuedTimestamp: { seconds: 12n, nanos: 5 } },
  });
}

function getResult(
  { client }: RunningReapi,
  instanceName: string,
  actionDigest: { hash: string; sizeBytes: bigint },
): Promise<ActionResult> {
  return client.unary(ActionCache.method.getActionResult, { instanceName, actionDigest });
}

function update(
  { client }: RunningReapi,
  instanceName: string,
  actionResult: ActionResult,
): Promise<ActionResult> {
  const request = { instanceName, actionDigest: anAction, actionResult };
  return client.unary(ActionCache.method.updateActionResult, request);
}

async function rejectsWith(code: number, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error: { code?: number; message: string }) => {
    assert.equal(error.code, code, error.message);
    return true;
  });
}
