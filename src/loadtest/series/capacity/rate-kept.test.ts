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

test('nothing measured keeps no rate', () => {
  assert.equal(rateReached([], 200, 2000), undefined);
  assert.equal(rateKeptRow(undefined, 200).verdict, 'FAIL');
});
