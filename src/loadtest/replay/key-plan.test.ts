import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceAnswer, TraceEvent, TraceOperation } from '../../core/trace/index.ts';
import { KeyPlan, unknownSizeBytes } from './key-plan.ts';

test('a key whose first lookup hit is stored before; one that was missed or written is not', () => {
  const plan = new KeyPlan();
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 10), ['warm', 0]);
  assert.deepEqual(keyOf(plan, 'read', 'b', 'miss'), ['new', 0]);
  assert.deepEqual(keyOf(plan, 'write', 'c', 'stored', 30), ['new', 1]);
  assert.deepEqual(keyOf(plan, 'exists', 'd', 'hit', 40), ['warm', 1]);
  assert.deepEqual([...plan.warmSizes()], [10, 40]);
  assert.equal(plan.newSizes()[1], 30);
  assert.equal(plan.storedBytes(), 10 + 40 + 30, 'what is only missed is not stored');
});

test('the usual life of a key keeps it: missed, written, read, written again', () => {
  const plan = new KeyPlan();
  const keys = [
    keyOf(plan, 'read', 'a', 'miss'),
    keyOf(plan, 'write', 'a', 'stored', 10),
    keyOf(plan, 'read', 'a', 'hit', 10),
    keyOf(plan, 'write', 'a', 'stored', 10),
    keyOf(plan, 'delete', 'a', 'removed'),
    keyOf(plan, 'read', 'a', 'miss'),
  ];
  assert.deepEqual(new Set(keys.map(String)), new Set(['new,0']));
  assert.equal(plan.renewed, 0);
});

test('where the recorded server forgot an entry, its key is replaced by a fresh one that misses', () => {
  const plan = new KeyPlan();
  keyOf(plan, 'write', 'a', 'stored', 10);
  assert.deepEqual(keyOf(plan, 'read', 'a', 'miss'), ['new', 1]);
  assert.deepEqual(keyOf(plan, 'write', 'a', 'stored', 10), ['new', 1]);
  assert.equal(plan.renewed, 1);
});

test('where it had what the trace does not store, the fresh key is stored before', () => {
  const plan = new KeyPlan();
  keyOf(plan, 'read', 'a', 'miss');
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 10), ['warm', 0]);
  assert.deepEqual([...plan.warmSizes()], [10]);
});

test('an entry of another size is another entry', () => {
  const plan = new KeyPlan();
  keyOf(plan, 'write', 'a', 'stored', 10);
  assert.deepEqual(keyOf(plan, 'write', 'a', 'stored', 20), ['new', 1]);
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 20), ['new', 1]);
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 30), ['warm', 0]);
  assert.deepEqual([...plan.newSizes()], [10, 20]);
});

test('a size is taken from its first mention', () => {
  const plan = new KeyPlan();
  assert.deepEqual(keyOf(plan, 'find', 'a', 'hit'), ['warm', 0]);
  assert.deepEqual(keyOf(plan, 'find', 'b', 'hit'), ['warm', 1]);
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 77), ['warm', 0]);
  assert.deepEqual([...plan.warmSizes()], [77, unknownSizeBytes]);
});

test('where a key takes one entry only, a second store is of a fresh key', () => {
  const plan = new KeyPlan({ storesOnce: true });
  assert.deepEqual(keyOf(plan, 'write', 'a', 'stored', 10), ['new', 0]);
  assert.deepEqual(keyOf(plan, 'read', 'a', 'hit', 10), ['new', 0]);
  assert.deepEqual(keyOf(plan, 'write', 'a', 'stored', 10), ['new', 1]);
});

test('the number of keys is bounded', () => {
  const plan = new KeyPlan({ keysMax: 2 });
  keyOf(plan, 'read', 'a', 'hit', 1);
  assert.equal(plan.isFull, false);
  keyOf(plan, 'read', 'b', 'miss');
  assert.equal(plan.isFull, true);
});

function keyOf(
  plan: KeyPlan,
  op: TraceOperation,
  key: string,
  answer: TraceAnswer,
  size?: number,
): [string, number] {
  const event: TraceEvent = {
    t: 0,
    op,
    space: 'ac',
    ns: 'nnnn',
    key,
    answer,
    size,
    us: 1,
    proto: 'bazel',
    w: 1,
  };
  const { kind, number } = plan.keyFor(event);
  return [kind, number];
}
