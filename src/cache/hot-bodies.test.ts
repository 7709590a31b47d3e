import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HotBodies } from './hot-bodies.ts';

const body = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);

test('forgets what was asked for longest ago, and keeps its bound', () => {
  const hot = new HotBodies(100_000);
  for (let index = 0; index < 50; index += 1) hot.add(String(index), body(750));
  for (let index = 50; index < 1_000; index += 1) {
    assert.notEqual(hot.get('7'), undefined);
    hot.add(String(index), body(750));
  }
  const held = Array.from({ length: 1_000 }, (_, index) => hot.get(String(index)));
  assert.equal(held.filter((bytes) => bytes !== undefined).length, 100);
  assert.equal(hot.get('8'), undefined);
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
