import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPlainCache } from '../../../testing/start-plain-cache.ts';
import { findCapacity } from './find-capacity.ts';

test('what the connections carry is not called the capacity of the target', async (t) => {
  const { url } = await startPlainCache(t, { delayMs: 40 });
  // Two connections carry 50 operations of 40 ms per second. The target has no such limit.
  const { result } = await findCapacity(
    {
      target: url,
      numClients: 2,
      maxConnections: 2,
      sizes: '1KiB',
      workingSetKeys: 10,
      cacheHitRatioTarget: 1,
      workers: 1,
    },
    { startRate: 100, maxRate: 200, stepDurationSecs: 1, stepsMax: 2 },
  );
  const { highest_met: met, lowest_not_met: notMet, steps } = result.capacity;
  assert.ok(steps.length > 0);
  assert.deepEqual([...new Set(steps.map(({ verdict }) => verdict))], ['void']);
  assert.deepEqual([met, notMet], [null, null]);
  assert.ok(steps[0]!.broke.some(({ text }) => text.includes('the connections were the limit')));
});
