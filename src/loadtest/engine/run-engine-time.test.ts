import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureFaultyCache } from '../../testing/measure-faulty-cache.ts';
import { measuresOf } from '../verdict/measures.ts';

test('a stall of the target is a silence of all threads together, and the time after it is not', async (t) => {
  const { measured } = await measureFaultyCache(
    t,
    [{ kind: 'stall', forMs: 1500, afterLookups: 300 }],
    { config: { workers: 2, durationSecs: 3, requestsPerClient: 0 } },
  );
  const { longest_silence_ms: silenceMs } = measuresOf(measured);
  assert.ok(silenceMs! >= 1400 && silenceMs! < 2900, `${silenceMs} ms`);
  const seen = measured.windows.filter(
    ({ silence }) => silence && silence.toMs - silence.fromMs > 1000,
  );
  assert.ok(seen.length >= 1 && seen.length <= 2, `${seen.length} windows`);
});

test('a few operations that hang at the end make the run longer, and neither its throughput lower nor a silence', async (t) => {
  const { cache, measured } = await measureFaultyCache(
    t,
    // Of 8 times 150 lookups and the probe's.
    [{ kind: 'never-answer', methods: ['GET'], afterLookups: 1197 }],
    { config: { timeoutSecs: 3, requestsPerClient: 150 } },
  );
  assert.ok((await cache.counts()).injected['never-answer'].GET > 0);
  const { durationMs, sendingMs, totals, windows } = measured;
  assert.ok(durationMs >= 2900, `${durationMs} ms`);
  assert.ok(sendingMs > 0 && durationMs - sendingMs > 2000, `${sendingMs} of ${durationMs} ms`);
  const sending = windows.reduce((sum, window) => sum + window.sendingSuccessful, 0);
  assert.ok(sending > totals.total / 2 && sending <= totals.successful, `${sending}`);
  assert.ok(measuresOf(measured).longest_silence_ms! < durationMs - sendingMs);
});
