import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256Of } from '../../core/index.ts';
import { grpcCodes } from '../../protocols/reapi/index.ts';
import { ByteStream } from '../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import {
  ActionCache,
  Capabilities,
} from '../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import { createAuthenticator, hashSecret } from '../access/auth.ts';

describe('gRPC access', () => {
  const authenticator = createAuthenticator([
    { name: 'ci', scheme: 'bearer', secretSha256: hashSecret('w-secret'), scope: 'write' },
    { name: 'dev', scheme: 'basic', secretSha256: hashSecret('dev:r-secret'), scope: 'read' },
  ]);
  const reader = { authorization: `Basic ${Buffer.from('dev:r-secret').toString('base64')}` };
  const writer = { authorization: 'Bearer w-secret' };
  const { getCapabilities } = Capabilities.method;
  const { updateActionResult, getActionResult } = ActionCache.method;
  const actionDigest = { hash: sha256Of('an action'), sizeBytes: 9n };

  test('nobody gets in without a credential that is known', async (t) => {
    const { client } = await startReapi(t, { authenticator });
    for (const metadata of [{}, { authorization: 'Bearer other' }, { authorization: 'x' }]) {
      const call = client.unary(getActionResult, { actionDigest }, { metadata });
      await assert.rejects(call, { code: grpcCodes.unauthenticated });
      // Bazel ends the build when this one is refused.
      const { cacheCapabilities } = await client.unary(getCapabilities, {}, { metadata });
      assert.equal(cacheCapabilities?.actionCacheUpdateCapabilities?.updateEnabled, false);
      const { call: stream, answer } = client.clientStream(ByteStream.method.write, { metadata });
      stream.on('error', () => {});
      stream.end();
      await assert.rejects(answer, { code: grpcCodes.unauthenticated });
    }
  });

  test('a reader gets a clear refusal, and cannot write', async (t) => {
    const { client } = await startReapi(t, { authenticator });
    const updateEnabled = async (metadata: Record<string, string>) =>
      (await client.unary(getCapabilities, {}, { metadata })).cacheCapabilities
        ?.actionCacheUpdateCapabilities?.updateEnabled;
    assert.equal(await updateEnabled(reader), false);
    assert.equal(await updateEnabled(writer), true);
    const request = { actionDigest, actionResult: { exitCode: 0, stdoutRaw: Buffer.from('x') } };
    const denied = client.unary(updateActionResult, request, { metadata: reader });
    await assert.rejects(denied, { code: grpcCodes.permissionDenied });
    await client.unary(updateActionResult, request, { metadata: writer });
    await client.unary(getActionResult, { actionDigest }, { metadata: reader });
  });
});
