import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { loadConfig } from '../config/index.ts';
import { CacheError, sha256Of, silentLogger } from '../core/index.ts';
import { redisSpeaker } from '../protocols/conformance/redis-speaker.ts';
import { type Access, everyNamespace } from '../protocols/index.ts';
import { grpcCodes } from '../protocols/reapi/index.ts';
import { ByteStream } from '../protocols/shared/protobuf/generated/bytestream.pb.ts';
import {
  ActionCache,
  Capabilities,
  ContentAddressableStorage,
} from '../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { GrpcClient } from '../testing/grpc-client.ts';
import { createAccess } from './access/access.ts';
import { openToAll } from './access/auth.ts';
import { composeCache } from './compose-cache.ts';
import { composeHttp } from './compose-http.ts';
import { composeOtherListeners } from './compose-listeners.ts';
import type { WorkerParts } from './compose-parts.ts';
import { OutputBudget } from './listener/output-budget.ts';
import { noCounters } from './telemetry/counters.ts';
import { Telemetry } from './telemetry/telemetry.ts';

const hex = 'a'.repeat(64);
const blobDigest = { hash: sha256Of('blob'), sizeBytes: 4n };
const asJson = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const keys = (namespace: string): RequestInit => asJson({ space: 'ac', namespace, keys: ['k'] });

/** Requests that touch a namespace of the client's choosing. */
const requests: Readonly<Record<string, (team: string) => readonly [string, RequestInit?]>> = {
  'GET of an action result': (team) => [`/${team}/ac/${hex}`],
  'GET of a blob': (team) => [`/${team}/cas/${hex}`],
  'GET that is not for the fast path': (team) => [
    `/${team}/ac/${hex}`,
    { headers: { range: 'bytes=0-1' } },
  ],
  'PUT of an action result': (team) => [`/${team}/ac/${hex}`, { method: 'PUT', body: 'x' }],
  'DELETE of an action result': (team) => [`/${team}/ac/${hex}`, { method: 'DELETE' }],
  exists: (team) => ['/api/v1/exists', keys(team)],
  lookup: (team) => ['/api/v1/lookup', keys(team)],
  fetch: (team) => ['/api/v1/fetch', keys(team)],
  'purge of a namespace': (team) => [
    '/api/v1/purge',
    asJson({ what: 'namespace', namespace: team }),
  ],
  'purge of a key': (team) => [
    '/api/v1/purge',
    asJson({ what: 'key', space: 'ac', namespace: team, key: 'k' }),
  ],
  ccache: (team) => [`/ccache/${team}/${'0'.repeat(40)}`],
  'ccache, a store': (team) => [`/ccache/${team}/${'0'.repeat(40)}`, { method: 'PUT', body: 'x' }],
  turborepo: (team) => [`/v8/artifacts/abc?slug=${team}`],
  'turborepo, a store': (team) => [`/v8/artifacts/abc?slug=${team}`, { method: 'PUT', body: 'x' }],
  'turborepo, the batch query': (team) => [
    `/v8/artifacts?slug=${team}`,
    asJson({ hashes: ['abc'] }),
  ],
  nx: (team) => [`/nx/${team}/v1/cache/7`],
  gradle: (team) => [`/gradle/${team}/${'0'.repeat(32)}`],
  blobs: (team) => [`/blobs/${team}/key`],
  'blobs, a deletion': (team) => [`/blobs/${team}/key`, { method: 'DELETE' }],
};

/** Requests that touch all namespaces. */
const ofEverything: readonly (readonly [string, RequestInit?])[] = [
  ['/metrics'],
  ['/api/v1/stats'],
  ['/api/v1/purge', asJson({ what: 'older', thanMs: 1e9 })],
  ['/api/v1/purge', asJson({ what: 'unused', forMs: 1e9 })],
  ['/api/v1/purge', asJson({ what: 'key', space: 'cas', key: hex })],
];

/** Mounts with one namespace for everybody. */
const fixed: Readonly<Record<string, string>> = {
  'rush:': `/rush/build-${'0'.repeat(40)}`,
  'maven:': '/maven/v1/a/b/c.xml',
  'webdav:': '/dav/a/b/c/key',
};

describe('a namespace that is closed', () => {
  test('is closed by every way over HTTP, and others are open', async (t) => {
    const closed = (namespace: string): boolean => /(^|:)closed$/.test(namespace);
    const { url } = await startServer(t, (namespace) =>
      typeof namespace === 'string' ? closed(namespace) : false,
    );
    for (const [name, request] of Object.entries(requests)) {
      const texts = await Promise.all(
        ['closed', 'open'].map(async (team) => {
          const [path, init] = request(team);
          return await (await fetch(url + path, init)).text();
        }),
      );
      assert.match(texts[0]!, /forbidden/, name);
      assert.doesNotMatch(texts[1]!, /forbidden/, name);
    }
  });

  test('is closed by every method of gRPC, and others are open', async (t) => {
    const { grpcAddress } = await startServer(t, (namespace) => namespace === 'closed');
    const client = new GrpcClient(t, grpcAddress);
    const { getActionResult, updateActionResult } = ActionCache.method;
    const { findMissingBlobs, batchReadBlobs, batchUpdateBlobs, getTree } =
      ContentAddressableStorage.method;
    const actionDigest = { hash: hex, sizeBytes: 1n };
    const callsOf = (instanceName: string): Readonly<Record<string, () => Promise<unknown>>> => ({
      updateActionResult: () =>
        client.unary(updateActionResult, { instanceName, actionDigest, actionResult: {} }),
      getActionResult: () => client.unary(getActionResult, { instanceName, actionDigest }),
      findMissingBlobs: () =>
        client.unary(findMissingBlobs, { instanceName, blobDigests: [blobDigest] }),
      batchUpdateBlobs: () =>
        client.unary(batchUpdateBlobs, {
          instanceName,
          requests: [{ digest: blobDigest, data: Buffer.from('blob') }],
        }),
      batchReadBlobs: () => client.unary(batchReadBlobs, { instanceName, digests: [blobDigest] }),
      getTree: () =>
        messagesOf(client.serverStream(getTree, { instanceName, rootDigest: blobDigest })),
      read: () =>
        messagesOf(
          client.serverStream(ByteStream.method.read, {
            resourceName: `${instanceName}/blobs/${blobDigest.hash}/4`,
          }),
        ),
      queryWriteStatus: () =>
        client.unary(ByteStream.method.queryWriteStatus, {
          resourceName: `${instanceName}/uploads/id/blobs/${blobDigest.hash}/4`,
        }),
      write: () => {
        const { call, answer } = client.clientStream(ByteStream.method.write);
        call.on('error', () => {});
        call.end({
          resourceName: `${instanceName}/uploads/id/blobs/${blobDigest.hash}/4`,
          finishWrite: true,
          data: Buffer.from('blob'),
        });
        return answer;
      },
    });
    for (const [name, call] of Object.entries(callsOf('closed'))) {
      await assert.rejects(call(), { code: grpcCodes.permissionDenied }, name);
    }
    for (const [name, call] of Object.entries(callsOf('open'))) {
      const code = await call().then(
        () => grpcCodes.ok,
        (error: { code: number }) => error.code,
      );
      assert.notEqual(code, grpcCodes.permissionDenied, name);
    }
    const mayWrite = async (instanceName: string): Promise<boolean | undefined> => {
      const { cacheCapabilities } = await client.unary(Capabilities.method.getCapabilities, {
        instanceName,
      });
      return cacheCapabilities?.actionCacheUpdateCapabilities?.updateEnabled;
    };
    assert.deepEqual([await mayWrite('closed'), await mayWrite('open')], [false, true]);
  });

  test('may be the one namespace of a protocol', async (t) => {
    for (const [namespace, path] of Object.entries(fixed)) {
      for (const isClosed of [true, false]) {
        const { url } = await startServer(t, (asked) => isClosed && asked === namespace);
        const text = await (await fetch(url + path)).text();
        assert.equal(/forbidden/.test(text), isClosed, path);
      }
    }
    const { redisPort } = await startServer(t, (asked) => asked === 'redis:');
    const redis = redisSpeaker({ port: redisPort });
    assert.deepEqual(await redis.store('k', Buffer.from('x')), {
      kind: 'refused',
      answer: 'NOPERM',
    });
  });

  test('a request that touches all namespaces needs permission for all', async (t) => {
    for (const isClosed of [true, false]) {
      const { url } = await startServer(t, (asked) => isClosed && asked === everyNamespace);
      for (const [path, init] of ofEverything) {
        const text = await (await fetch(url + path, init)).text();
        assert.equal(/forbidden/.test(text), isClosed, `${path} ${String(init?.body)}`);
      }
    }
  });
});

/** Reads a stream of messages to its end. */
async function messagesOf(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const messages: unknown[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

type Namespace = Parameters<Access['permit']>[1]['namespace'];

/** A server over memory that everybody may use but for what is closed. */
async function startServer(
  t: TestContext,
  isClosed: (namespace: Namespace) => boolean,
): Promise<{ readonly url: string; readonly redisPort: number; readonly grpcAddress: string }> {
  const { config } = await loadConfig({
    env: { MEMOBUILD_STORE: 'memory', MEMOBUILD_REDIS_PORT: '0', MEMOBUILD_GRPC_PORT: '0' },
    flags: {},
  });
  const open = createAccess({ authenticator: openToAll, readOnly: false });
  const { cache } = await composeCache({ config, trace: null }, silentLogger);
  const access: Access = {
    ...open,
    permit: (principal, resource) => {
      open.permit(principal, resource);
      if (isClosed(resource.namespace)) throw new CacheError('forbidden', 'this one is closed');
    },
  };
  const parts: WorkerParts = {
    config,
    tls: null,
    cache,
    access: { ...access, loginFailed: () => {} },
    quietAccess: access,
    telemetry: new Telemetry(),
    lifecycle: { draining: false },
    output: new OutputBudget(config.limits),
    logger: silentLogger,
    onAccess: undefined,
  };
  const collect = async () => ({
    processes: [],
    retired: noCounters,
    uptimeMs: 0,
    workersReplaced: 0,
  });
  const http = composeHttp(parts, collect);
  const others = await composeOtherListeners(parts);
  const host = '127.0.0.1';
  const port = await http.listen({ host, port: 0 });
  const ports: Record<string, number> = {};
  for (const { scheme, listener } of others) {
    ports[scheme] = await listener.listen({ host, port: 0 });
  }
  t.after(async () => {
    for (const listener of [http, ...others.map((other) => other.listener)]) {
      listener.stopAccepting();
      listener.closeAll();
    }
    await cache.close();
  });
  return {
    url: `http://${host}:${port}`,
    redisPort: ports.redis ?? 0,
    grpcAddress: `${host}:${ports.grpc}`,
  };
}
