import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Of } from '../core/index.ts';
import { HeldHit } from './cache-hit.ts';
import { HotBodies } from './hot-bodies.ts';

const body = (sizeBytes: number): HeldHit =>
  new HeldHit(sha256Of(''), 0, new Uint8Array(sizeBytes));
const heldOf = (hot: HotBodies, names: readonly string[]): string[] =>
  names.filter((name) => hot.get(name) !== undefined);
const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => String(from + index));

test('keeps requested bodies within its limit, and drops the rest', () => {
  const hot = new HotBodies(100_000);
  for (const name of names(0, 50)) hot.add(name, body(650));
  for (const name of names(50, 1_000)) {
    assert.notEqual(hot.get('7'), undefined);
    hot.add(name, body(650));
  }
  const held = heldOf(hot, names(0, 1_000));
  assert.equal(held.length, 100);
  assert.ok(held.includes('7') && !held.includes('8'));
});

test('bodies that are never read do not evict the working set', () => {
  const hot = new HotBodies(100_000);
  const workingSet = names(0, 60);
  for (const name of workingSet) hot.add(name, body(650));
  for (const name of names(100, 2_000)) {
    if (Number(name) % 30 === 0) heldOf(hot, workingSet);
    hot.add(name, body(650));
  }
  assert.deepEqual(heldOf(hot, workingSet), workingSet);
});

test('when all were requested, the oldest is evicted first', () => {
  const hot = new HotBodies(100_000);
  for (const name of names(0, 100)) hot.add(name, body(650));
  heldOf(hot, names(0, 100));
  for (const name of names(100, 110)) hot.add(name, body(650));
  assert.deepEqual(heldOf(hot, names(0, 11)), ['10']);
});

test('adding one twice counts it once', () => {
  const hot = new HotBodies(100_000);
  for (let round = 0; round < 1_000; round += 1) hot.add('same', body(5_000));
  hot.add('other', body(5_000));
  assert.notEqual(hot.get('same'), undefined);
});

test('lets nothing in that would drive out the rest', () => {
  const hot = new HotBodies(100_000);
  hot.add('large', body(10_000));
  assert.equal(hot.get('large'), undefined);
});

test('with no room holds nothing', () => {
  const hot = new HotBodies(0);
  hot.add('a', body(0));
  assert.equal(hot.get('a'), undefined);
});
