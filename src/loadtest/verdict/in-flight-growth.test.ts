import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import type { LoadTestConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { Measurement } from '../measurement.ts';
import { judge } from './judge.ts';

/** A run in which `endedBy(second)` operations had ended by the end of each second. */
function run(endedBy: (second: number) => number, seconds: number): Measurement {
  const made = buildMeasurement({
    durationMs: seconds * 1000,
    hits: 0,
    misses: 0,
    latenciesMs: {},
  });
  const windows = made.windows.map((window, index) => {
    const total = Math.round(endedBy(index + 1)) - Math.round(endedBy(index));
    return { ...window, counts: { ...window.counts, total, successful: total, hits: total } };
  });
  const total = Math.round(endedBy(seconds));
  return { ...made, windows, totals: { ...made.totals, total, successful: total, hits: total } };
}

function growthOf(measurement: Measurement, config: LoadTestConfig): string | undefined {
  const { rows } = judge(measurement, resolveConfig(config));
  return rows.find(({ metric }) => metric === 'in_flight_growth')?.verdict;
}

const steady: LoadTestConfig = { rate: 100, durationSecs: 30 };

test('a target that keeps up has no growth', () => {
  assert.equal(
    growthOf(
      run((second) => 100 * second - 2, 30),
      steady,
    ),
    'PASS',
  );
});

test('a target that ends 5 % fewer than come is found, though every send was on time', () => {
  assert.equal(
    growthOf(
      run((second) => 95 * second, 30),
      steady,
    ),
    'INVESTIGATE',
  );
});

test('a stall that was worked off is not growth', () => {
  const stalled = (second: number): number =>
    second < 10
      ? 100 * second
      : second < 13
        ? 1000
        : Math.min(100 * second, 1000 + 300 * (second - 13));
  assert.equal(growthOf(run(stalled, 30), steady), 'PASS');
});

test('a rising rate is not growth while the target keeps up, and is beyond its limit', () => {
  const ramp: LoadTestConfig = { rate: '0..200', durationSecs: 30 };
  const due = (second: number): number => (200 / 30 / 2) * second ** 2;
  assert.equal(
    growthOf(
      run((second) => due(second) * 0.999, 30),
      ramp,
    ),
    'PASS',
  );
  const limited = (second: number): number =>
    second < 15 ? due(second) : due(15) + 100 * (second - 15);
  assert.equal(growthOf(run(limited, 30), ramp), 'INVESTIGATE');
});

test('a closed loop has no such row', () => {
  assert.equal(
    growthOf(
      run((second) => 95 * second, 30),
      { durationSecs: 30 },
    ),
    undefined,
  );
});

test('a capped run is judged only while operations were due', () => {
  const capped: LoadTestConfig = {
    rate: 100,
    durationSecs: 30,
    requestsPerClient: 100,
    numClients: 10,
  };
  assert.equal(
    growthOf(
      run((second) => Math.min(1000, 100 * second), 30),
      capped,
    ),
    'PASS',
  );
});
