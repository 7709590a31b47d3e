import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceEvent } from '../../core/trace/index.ts';
import { createRandom } from '../statistics/random.ts';
import { EventOrder, heldUsMax } from './event-order.ts';

test('operations up to a minute out of order are sorted; simultaneous ones keep their order', () => {
  const random = createRandom(1, 1);
  const times = Array.from({ length: 5000 }, (_, n) => Math.floor(n / 2) * 10_000);
  const shuffled = times
    .map((t, n) => ({ t, n, place: t + random() * 20e6 }))
    .sort((a, b) => a.place - b.place);
  const order = new EventOrder();
  const events = shuffled.map(({ t, n }) => eventAt(t, n));
  const out = [...events.flatMap((event) => [...order.add(event)]), ...order.finish()];
  assert.deepEqual(
    out.map(({ t }) => t),
    times,
  );
  assert.equal(order.outOfOrder, 0);
  const pairs = new Map(events.map((event, place) => [event.w, place]));
  for (let at = 0; at < out.length; at += 2) {
    assert.ok(pairs.get(out[at]!.w)! < pairs.get(out[at + 1]!.w)!, `at ${at}`);
  }
});

test('what comes too late keeps its turn at the time of the one before, and is counted', () => {
  const order = new EventOrder();
  const late = eventAt(1000, 3);
  const out = [
    ...order.add(eventAt(5000, 1)),
    ...order.add(eventAt(5000 + heldUsMax + 1, 2)),
    ...order.add(late),
    ...order.finish(),
  ];
  assert.deepEqual(
    out.map(({ t, w }) => [t, w]),
    [
      [5000, 1],
      [5000, 3],
      [5000 + heldUsMax + 1, 2],
    ],
  );
  assert.equal(order.outOfOrder, 1);
});

test('no more is held than the bound, whatever the times', () => {
  const order = new EventOrder(100);
  let held = 0;
  for (let n = 0; n < 10_000; n += 1) {
    held += 1 - [...order.add(eventAt(n % 7, n))].length;
    assert.ok(held <= 100);
  }
  assert.equal([...order.finish()].length, held);
});

function eventAt(t: number, w: number): TraceEvent {
  return {
    t,
    op: 'read',
    space: 'ac',
    ns: 'nnnn',
    key: 'kkkk',
    answer: 'hit',
    us: 1,
    proto: 'bazel',
    w,
  };
}
