import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInProcess } from '../../testing/start-in-process.ts';
import { ApiV1Client, ApiV1Error, type ApiV1Exchange, fetchExchange } from './client.ts';

test('a server answers its statistics, and purges on request', async (t) => {
  const { url } = await startInProcess(t);
  const client = new ApiV1Client(fetchExchange(url, { timeoutMs: 10_000 }));
  const key = 'ab'.repeat(32);
  for (const instance of ['a', 'b']) {
    const stored = await fetch(`${url}/${instance}/ac/${key}`, { method: 'PUT', body: '12345' });
    assert.equal(stored.status, 200);
  }
  const stats = await client.stats();
  assert.equal(stats.software.name, 'memobuild');
  assert.equal(stats.totals.ac.writes, 2);
  assert.equal(stats.store.entries, 2);
  assert.deepEqual(stats.lookups.map(({ namespace }) => namespace).sort(), ['a', 'b']);
  assert.equal(stats.processes[0]?.pid, process.pid);
  assert.equal((await client.purge({ what: 'namespace', namespace: 'a' })).entries, 1);
  const one = { what: 'key', space: 'ac', namespace: 'b', key } as const;
  assert.equal((await client.purge(one)).entries, 1);
  assert.equal((await client.stats()).store.entries, 0);
});

test('a refusal keeps the status and what the server said', async (t) => {
  const { url } = await startInProcess(t, { env: { MEMOBUILD_READ_ONLY: 'true' } });
  const client = new ApiV1Client(fetchExchange(url, { timeoutMs: 10_000 }));
  await assert.rejects(client.purge({ what: 'unused', forMs: 0 }), (error) => {
    assert.ok(error instanceof ApiV1Error);
    assert.equal(error.status, 403);
    assert.match(error.text, /read_only/);
    return true;
  });
});

const others = ['', '<html>', 'null', '"memobuild"', '[]', '{}'];
for (const text of [...others, '{"software":{"name":"nginx"},"processes":[]}']) {
  test(`${text || 'nothing'} is not an answer of a MemoBuild`, async () => {
    const exchange: ApiV1Exchange = () => Promise.resolve({ status: 200, text });
    await assert.rejects(new ApiV1Client(exchange).stats(), ApiV1Error);
  });
}
