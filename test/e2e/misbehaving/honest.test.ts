import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertOutcome, runAgainst, tenThousand } from './run-against.ts';

for (const protocol of ['memobuild', 'bazel']) {
  test(`a cache that does nothing wrong passes (${protocol})`, async (t) => {
    const run = await runAgainst(t, [], `${tenThousand} --protocol ${protocol} --reread 0.05`);
    assertOutcome(run, { verdict: 'PASS', failures: [] });
    const { operations, cache, writes } = run.result;
    assert.equal(operations.total, 10_000);
    assert.equal(cache.hits + cache.misses, 10_000);
    assert.ok(writes.reread > 0);
    assert.equal(writes.lost, 0);
  });
}

test('hits and misses are what the cache itself counted', async (t) => {
  const { result, counts } = await runAgainst(t, [], tenThousand);
  // Besides the run's lookups there is the one before it, which asks whether this is a cache.
  assert.equal(result.cache.hits, counts.hits);
  assert.ok(counts.misses - result.cache.misses >= 0 && counts.misses - result.cache.misses <= 1);
});

test('the run takes away what it has stored', async (t) => {
  const { counts } = await runAgainst(t, [], tenThousand);
  assert.ok(counts.requests.PUT > 1000);
  assert.equal(counts.entries, 0);
});
