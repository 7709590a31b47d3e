import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DueQueue } from './due-queue.ts';

test('operations leave in the order in which they came, each with its own step', () => {
  const queue = new DueQueue();
  let added = 0;
  let removed = 0;
  // Fills up beyond where the list is compacted, and empties again, several times.
  for (const [add, remove] of [
    [5_000, 3_000],
    [10, 2_000],
    [9_000, 9_010],
  ] as const) {
    for (const until = added + add; added < until; added += 1) queue.add(added / 3, added);
    for (const until = removed + remove; removed < until; removed += 1) {
      assert.deepEqual([queue.firstDueMs, queue.firstStep], [removed / 3, removed]);
      queue.removeFirst();
    }
    assert.equal(queue.size, added - removed);
  }
  assert.equal(queue.size, 0);
});

test('all that waits is taken out at once', () => {
  const queue = new DueQueue();
  for (let index = 0; index < 3; index += 1) queue.add(index + 0.5, 7 - index);
  queue.removeFirst();
  assert.deepEqual(queue.takeAll(), [1.5, 2.5]);
  assert.equal(queue.size, 0);
  queue.add(4.5, 1);
  assert.deepEqual([queue.size, queue.firstDueMs, queue.firstStep], [1, 4.5, 1]);
});
