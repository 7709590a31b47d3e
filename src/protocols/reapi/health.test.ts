import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAuthenticator } from '../../server/access/auth.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import {
  Health,
  HealthCheckResponse_ServingStatus as Serving,
} from '../shared/protobuf/generated/health.pb.ts';
import { grpcCodes } from './errors.ts';

describe('health', () => {
  test('a check needs no credential, and knows the services', async (t) => {
    const server = await startReapi(t, { authenticator: createAuthenticator([]) });
    for (const service of ['', 'build.bazel.remote.execution.v2.ActionCache']) {
      const { status } = await server.client.unary(Health.method.check, { service });
      assert.equal(status, Serving.SERVING);
    }
    const unknown = server.client.unary(Health.method.check, { service: 'nobody' });
    await assert.rejects(unknown, { code: grpcCodes.notFound });
  });

  test('a watch reports the change', async (t) => {
    let isServing = true;
    const server = await startReapi(t, { isServing: async () => isServing });
    const call = server.client.serverStream(Health.method.watch, {});
    const seen: Serving[] = [];
    for await (const { status } of call) {
      seen.push(status);
      isServing = false;
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, [Serving.SERVING, Serving.NOT_SERVING]);
  });
});
