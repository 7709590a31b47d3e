import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker, burstMs } from './breaker.ts';

function breakerOf(t: TestContext): Breaker {
  const breaker = new Breaker({
    failuresMax: 3,
    probeIntervalMsMax: 60_000,
    probe: async () => {},
    onOpen: () => {},
    onClose: () => {},
  });
  t.after(() => breaker.stop());
  return breaker;
}

/** Calls that waited together and fail together. */
function failTogether(breaker: Breaker, calls: number): void {
  for (let call = 0; call < calls; call += 1) breaker.failed('no answer');
}

describe('a breaker', () => {
  test('takes failures that come at once for one', async (t) => {
    const breaker = breakerOf(t);
    failTogether(breaker, 100);
    assert.equal(breaker.openReason, undefined);
    for (let burst = 2; burst <= 3; burst += 1) {
      await sleep(burstMs + 20);
      failTogether(breaker, 100);
      assert.equal(breaker.openReason, burst < 3 ? undefined : 'no answer');
    }
  });

  test('forgets failures at a success', async (t) => {
    const breaker = breakerOf(t);
    for (let burst = 1; burst <= 4; burst += 1) {
      failTogether(breaker, 2);
      if (burst === 2) breaker.succeeded();
      await sleep(burstMs + 20);
    }
    assert.equal(breaker.openReason, undefined);
  });
});
