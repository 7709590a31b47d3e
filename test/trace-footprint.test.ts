import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { footprintBytes } from '../src/loadtest/trace-stats/footprint.ts';
import { openEmbeddedStore } from '../src/storage/drivers/embedded/index.ts';
import { tempDir } from '../src/testing/temp-dir.ts';

// The load test talks to a store through a socket alone, so it cannot import what the store counts.
test('trace stats count an entry as the embedded store does', async (t) => {
  const store = await openEmbeddedStore({ dir: await tempDir(t), maxBytes: 0 });
  const ratios: number[] = [];
  for (const sizeBytes of [0, 30, 100, 300, 1000, 1500, 3000, 6000, 20_000, 100_000, 1_000_000]) {
    const before = (await store.usage()).sizeBytes;
    const key = randomBytes(32).toString('hex');
    await store.write({ space: 'ac', namespace: 'team', key }, randomBytes(sizeBytes), {
      signal: AbortSignal.timeout(60_000),
    });
    const costBytes = (await store.usage()).sizeBytes - before;
    const ratio = footprintBytes(sizeBytes) / costBytes;
    assert.ok(ratio > 0.75 && ratio < 1.15, `${sizeBytes} bytes: ${ratio} times the store's cost`);
    ratios.push(ratio);
  }
  await store.close();
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  assert.ok(Math.abs(mean - 1) < 0.05, `${mean} times the store's cost on average`);
});
