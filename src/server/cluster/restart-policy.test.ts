import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartPolicy } from './restart-policy.ts';

test('one that served for long is replaced at once, however often', () => {
  const policy = new RestartPolicy(5000);
  for (let death = 0; death < 10; death += 1) {
    assert.deepEqual(policy.onDeath('serving', 60_000), { kind: 'restart', delayMs: 0 });
  }
});

test('a crash loop slows down to a bound, and a long life ends it', () => {
  const policy = new RestartPolicy(5000);
  const delays = Array.from({ length: 9 }, () => policy.onDeath('serving', 10).delayMs);
  assert.deepEqual(delays, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  assert.equal(policy.onDeath('serving', 60_000).delayMs, 0);
  assert.equal(policy.onDeath('serving', 10).delayMs, 0);
});

test('three that never served mean that none will', () => {
  const policy = new RestartPolicy(5000);
  const kinds = Array.from({ length: 3 }, () => policy.onDeath('starting', 10).kind);
  assert.deepEqual(kinds, ['restart', 'restart', 'give-up']);
  policy.onDeath('serving', 10);
  assert.equal(policy.onDeath('starting', 10).kind, 'restart');
});

test('without a delay every worker is replaced at once', () => {
  const policy = new RestartPolicy(0);
  const delays = Array.from({ length: 9 }, () => policy.onDeath('serving', 10).delayMs);
  assert.deepEqual(new Set(delays), new Set([0]));
});
