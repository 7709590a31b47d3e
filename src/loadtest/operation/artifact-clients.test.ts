import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startInProcess } from '../../testing/start-in-process.ts';
import { type ProtocolName, protocolNames } from '../config/config.ts';
import { type LoadConnection, openConnection } from '../transport/load-connection.ts';
import { DeadlineSweep } from '../transport/shared/deadline-sweep.ts';
import { createEndpoint } from '../transport/shared/endpoint.ts';
import { createPoolMemory, PayloadPool } from '../workload/payload-pool.ts';
import { RunKeys } from '../workload/run-keys.ts';
import { createArtifactClient } from './artifact-clients.ts';

for (const protocol of protocolNames) {
  for (const instance of ['', 'team-1']) {
    test(`${protocol}, instance '${instance}': misses, stores, hits, and keeps artifacts apart`, async (t) => {
      const http = await connect(t, protocol);
      const client = await createArtifactClient(protocol, instance);
      const pool = new PayloadPool(createPoolMemory(1));
      const keys = new RunKeys('0123456789abcdef', 7);
      // Sizes around those at which client and server change their ways.
      const sizes = [1000, 20_000, 100_000, 2_000_000];
      const artifacts = sizes.map((size, index) =>
        pool.artifact(index % 2 === 0 ? keys.newKey(index) : keys.workingSetKey(index), size),
      );
      for (const artifact of artifacts) {
        assert.equal(await client.lookup(http, artifact), 'miss');
        assert.equal((await client.exists?.(http, artifact)) ?? 'miss', 'miss');
        await client.store(http, artifact);
      }
      for (const artifact of artifacts) {
        assert.equal(await client.lookup(http, artifact), 'hit');
        assert.equal((await client.exists?.(http, artifact)) ?? 'hit', 'hit');
      }
      const other = pool.artifact(new RunKeys('fedcba9876543210', 7).newKey(0), 1000);
      assert.equal(await client.lookup(http, other), 'miss', 'another run has keys of its own');
      const wrong = { key: artifacts[0]!.key, payload: artifacts[1]!.payload };
      await assert.rejects(client.lookup(http, wrong), { kind: 'integrity' });
      if (client.remove === undefined) return;
      for (const artifact of artifacts) await client.remove(http, artifact);
      for (const artifact of artifacts) assert.equal(await client.lookup(http, artifact), 'miss');
    });
  }
}

test('ccache opens a connection for each compilation', async (t) => {
  const http = await connect(t, 'ccache');
  const client = await createArtifactClient('ccache', '');
  const artifact = new PayloadPool(createPoolMemory(1)).artifact('ab'.repeat(32), 1000);
  assert.equal(await client.lookup(http, artifact), 'miss');
  await client.store(http, artifact);
  assert.equal(http.opened, 1);
  assert.equal(await client.lookup(http, artifact), 'hit');
  assert.equal(await client.lookup(http, artifact), 'hit');
  assert.equal(http.opened, 3);
});

async function connect(t: TestContext, protocol: ProtocolName): Promise<LoadConnection> {
  const { port, otherPorts } = await startInProcess(t, {
    env: { MEMOBUILD_REDIS_PORT: '0', MEMOBUILD_GRPC_PORT: '0' },
  });
  const scheme = protocol === 'redis' ? 'redis' : protocol === 'reapi' ? 'grpc' : 'http';
  const url = `${scheme}://127.0.0.1:${otherPorts[scheme] ?? port}`;
  const sweep = new DeadlineSweep();
  const endpoint = createEndpoint({ url, headers: {}, tls: { insecure: false } });
  const http = openConnection(endpoint, sweep);
  t.after(() => {
    http.close();
    sweep.close();
  });
  return http;
}
