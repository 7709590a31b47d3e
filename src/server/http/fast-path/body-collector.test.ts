import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BodyCollector } from './body-collector.ts';

const text = Buffer.from('head|a body in pieces|next');
const start = 'head|'.length;
const sizeBytes = 'a body in pieces'.length;

test('a body comes out as it went in, wherever it was split', () => {
  const collector = new BodyCollector();
  for (let first = start; first < start + sizeBytes; first += 1) {
    collector.begin(sizeBytes, text.subarray(0, first), start);
    for (let at = first; at < start + sizeBytes; at += 3) {
      assert.equal(collector.whole(), undefined);
      const left = start + sizeBytes - at;
      assert.equal(collector.take(text.subarray(at, at + 3)), Math.min(3, left));
    }
    assert.equal(collector.whole()?.toString(), 'a body in pieces');
    assert.equal(collector.whole(), undefined, 'it is given away once');
  }
});

test('a chunk gives no more than the body lacks', () => {
  const collector = new BodyCollector();
  collector.begin(sizeBytes, text.subarray(0, start + 1), start);
  assert.equal(collector.take(text.subarray(start + 1)), sizeBytes - 1);
  assert.equal(collector.whole()?.toString(), 'a body in pieces');
});

test('a dropped body is gone', () => {
  const collector = new BodyCollector();
  collector.begin(sizeBytes, text.subarray(0, start + 1), start);
  collector.drop();
  assert.equal(collector.take(text.subarray(start + 1)), 0);
  assert.equal(collector.whole(), undefined);
});
