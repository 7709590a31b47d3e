import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanWait, waitingShare } from './erlang.ts';

test('one server is busy for an arrival as often as it is at all', () => {
  for (const load of [0, 0.2, 0.9]) {
    assert.ok(Math.abs(waitingShare(1, load) - load) < 1e-12);
    assert.ok(Math.abs(meanWait(1, load, 10) - (10 * load) / (1 - load)) < 1e-9);
  }
});

test('several servers agree with the sum of the formula', () => {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
  for (const [servers, load] of [
    [2, 1],
    [5, 4],
    [10, 8],
  ] as const) {
    const all = (load ** servers / factorial(servers)) * (servers / (servers - load));
    const fewer = Array.from({ length: servers }, (_, k) => load ** k / factorial(k));
    const expected = all / fewer.reduce((sum, part) => sum + part, all);
    assert.ok(Math.abs(waitingShare(servers, load) - expected) < 1e-9, `${servers}, ${load}`);
  }
  assert.ok(Math.abs(waitingShare(2, 1) - 1 / 3) < 1e-12);
});

test('many servers overflow nothing, and too few let all wait', () => {
  assert.ok(waitingShare(100_000, 99_000) < 0.01);
  assert.equal(waitingShare(2, 2), 1);
  assert.equal(waitingShare(2, 3), 1);
});
