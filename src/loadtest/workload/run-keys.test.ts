import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunKeys } from './run-keys.ts';

const runId = '0123456789abcdef';

test('keys are 64 hex characters with the mark and the run in front', () => {
  for (const key of [new RunKeys(runId, 1).newKey(5), new RunKeys(runId, 9e15).workingSetKey(0)]) {
    assert.match(key, /^6d656d6f0123456789abcdef[0-9a-f]{40}$/);
  }
});

test('no two keys of a run are alike: new ones, those of the working set, also with large numbers', () => {
  const keys = new RunKeys(runId, 42);
  const seen = new Set<string>();
  for (let number = 0; number < 50_000; number += 1) {
    seen.add(keys.newKey(number));
    seen.add(keys.workingSetKey(number));
    seen.add(keys.newKey(number + 2 ** 32));
  }
  assert.equal(seen.size, 150_000);
});

test('the seed and the run id make the keys', () => {
  const key = new RunKeys(runId, 1).newKey(3);
  assert.equal(new RunKeys(runId, 1).newKey(3), key);
  assert.notEqual(new RunKeys(runId, 2).newKey(3).slice(24), key.slice(24));
  assert.notEqual(new RunKeys('fedcba9876543210', 1).newKey(3), key);
});
