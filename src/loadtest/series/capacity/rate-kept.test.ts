import assert from 'node:assert/strict';
import test from 'node:test';
import { build } from 'hdr-histogram-js';
import { buildMeasurement } from '../../../testing/build-measurement.ts';
import type { Window } from '../../measurement.ts';
import { rateKeptRow, rateReached } from './rate-kept.ts';

/** Windows of 500 ms with so many ended operations each. */
function windowsOf(totals: readonly number[], serviceMs: number): Window[] {
  const [base] = buildMeasurement().windows;
  return totals.map((total, index) => {
    const service = build({ autoResize: true });
    service.recordValueWithCount(Math.round(serviceMs * 1000), Math.max(1, total));
    return {
      startMs: index * 500,
      endMs: (index + 1) * 500,
      inFlight: 0,
      silence: undefined,
      sendingSuccessful: total,
      histograms: { service },
      counts: { ...base!.counts, total, failures: { ...base!.counts.failures, dropped: 0 } },
    };
  });
}

test('operations under way at the end are not missing where they are being served', () => {
  // 200 a second, each served for 200 ms: 40 are under way at any instant.
  const reached = rateReached(windowsOf([60, 100, 100, 100, 40], 200), 200, 2000) ?? 0;
  assert.equal(rateKeptRow(reached, 200).verdict, 'PASS');
});

test('operations that wait are missing: a target 10 % too slow does not keep the rate', () => {
  const reached = rateReached(windowsOf([90, 90, 90, 90, 40], 5), 200, 2000) ?? 0;
  assert.ok(Math.abs(reached - 181) < 1, `${reached}`);
  assert.equal(rateKeptRow(reached, 200).verdict, 'INVESTIGATE');
  assert.equal(rateKeptRow(100, 200).verdict, 'FAIL');
});

/** Windows of 500 ms of a target that serves one after the other; what waits inside counts as service. */
function overloaded(capacity: number, rate: number, seconds: number): Window[] {
  const all = windowsOf(new Array<number>(2 * seconds).fill(capacity / 2), 1000 / capacity);
  return all.map((window, index) => {
    const service = build({ autoResize: true });
    const waiting = ((rate - capacity) * (index + 0.5)) / 2;
    service.recordValueWithCount(Math.round((1e6 * (1 + waiting)) / capacity), capacity / 2);
    return { ...window, histograms: { service } };
  });
}

for (const [capacity, rate, seconds] of [
  [20, 21, 10],
  [50, 51.5, 10],
  [100, 104, 2],
] as const) {
  test(`a target of ${capacity}/s does not keep ${rate}/s, however much waits inside it`, () => {
    const reached = rateReached(overloaded(capacity, rate, seconds), rate, 1000 * seconds);
    assert.notEqual(rateKeptRow(reached, rate).verdict, 'PASS', `${reached}`);
  });
  test(`and it keeps ${capacity}/s`, () => {
    const reached = rateReached(overloaded(capacity, capacity, seconds), capacity, 1000 * seconds);
    assert.equal(rateKeptRow(reached, capacity).verdict, 'PASS', `${reached}`);
  });
}

test('nothing measured keeps no rate', () => {
  assert.equal(rateReached([], 200, 2000), undefined);
  assert.equal(rateKeptRow(undefined, 200).verdict, 'FAIL');
});
