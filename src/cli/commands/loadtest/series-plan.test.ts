import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../../../loadtest/internal.ts';
import type { LoadTestFlags } from './flags.ts';
import { planSeries } from './series-plan.ts';

test('no flag of a series: none is planned', () => {
  assert.equal(planSeries({ clients: '5', rate: '100' }), undefined);
});

test('a search takes its rates and times from the flags', () => {
  const plan = planSeries({ findCapacity: true, startRate: '10', stepDuration: '500ms' });
  assert.ok(plan?.kind === 'capacity');
  assert.deepEqual([plan.capacity.startRate, plan.capacity.stepDurationSecs], [10, 0.5]);
  const example = plan.exampleOf({ requestsPerClient: 5, repeatBuilds: true });
  const { rate, durationSecs, requestsPerClient, repeatBuilds, numClients } = example;
  assert.deepEqual([rate, durationSecs, requestsPerClient, repeatBuilds], [10, 1.5, 0, false]);
  assert.equal(numClients, 50);
});

test('a ramp is a closed loop of its own clients', () => {
  const plan = planSeries({ rampClients: '1, 5,10' });
  assert.ok(plan?.kind === 'ramp');
  assert.deepEqual(plan.clients, [1, 5, 10]);
  const { numClients, rate, durationSecs } = plan.exampleOf({ rate: 5, numClients: 7 });
  assert.deepEqual([numClients, rate, durationSecs], [1, undefined, 5]);
});

const misuse: readonly (readonly [LoadTestFlags, RegExp])[] = [
  [{ findCapacity: true, rampClients: '1' }, /--find-capacity and --ramp-clients can't be given/],
  [
    { findCapacity: true, rate: '5' },
    /--rate can't be given with --find-capacity: the search sets/,
  ],
  [{ findCapacity: true, stages: '5' }, /--stages can't be given with --find-capacity/],
  [{ findCapacity: true, duration: '5' }, /--duration can't .* --step-duration/],
  [{ findCapacity: true, requests: '5' }, /--requests can't be given with --find-capacity/],
  [{ findCapacity: true, scenarios: true }, /--scenarios can't be given with --find-capacity/],
  [{ findCapacity: true, startRate: 'x' }, /--start-rate must be a number from 1 .*; got "x"/],
  [{ findCapacity: true, startRate: '9', maxRate: '5' }, /--max-rate \(5\) must not be below/],
  [{ findCapacity: true, stepDuration: '0' }, /--step-duration must be a number from 0.5/],
  [{ findCapacity: true, resolution: '5' }, /--resolution must be a number from 0.005 to 1; got 5/],
  [{ findCapacity: true, searchTime: '-1' }, /--search-time must be a number from 1/],
  [{ findCapacity: true, replay: 't' }, /--replay can't be given with --find-capacity/],
  [{ rampClients: '1,2', replay: 't' }, /--replay can't be given with --ramp-clients/],
  [{ startRate: '5' }, /--start-rate needs --find-capacity/],
  [{ rampClients: '0,a' }, /--ramp-clients must be increasing client counts from 1, .*; got 0,a/],
  [{ rampClients: '5,1' }, /must be increasing client counts from 1.*; got 5,1/],
  [{ rampClients: '' }, /--ramp-clients must be/],
  [{ rampClients: '1,2', clients: '5' }, /--clients can't be given with --ramp-clients/],
  [{ rampClients: '1,2', scenarios: true }, /--scenarios can't be given with --ramp-clients/],
];
for (const [flags, message] of misuse) {
  test(`refused: ${JSON.stringify(flags)}`, () => {
    assert.throws(
      () => planSeries(flags),
      (error) => error instanceof ConfigError && message.test(error.problems.join('\n')),
    );
  });
}
