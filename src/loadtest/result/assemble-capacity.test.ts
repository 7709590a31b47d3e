import assert from 'node:assert/strict';
import test from 'node:test';
import { buildStep } from '../../testing/build-capacity.ts';
import { assembleCapacity, kneeOf } from './assemble-capacity.ts';
import type {
  CapacityOutcome,
  CapacityResult,
  CapacityStepResult,
  CapacityStop,
} from './model/capacity.ts';

function step(
  rate: number,
  p95Ms: number,
  more: Partial<CapacityStepResult> = {},
): CapacityStepResult {
  return buildStep(rate, { p50_ms: p95Ms / 2, p95_ms: p95Ms, p99_ms: 2 * p95Ms, ...more });
}

test('the knee is the last rate before P95 stays above twice its lowest', () => {
  assert.deepEqual(kneeOf([step(50, 4), step(100, 3), step(200, 5), step(400, 90)]), {
    rate: 200,
    p95_ms: 5,
  });
  // A peak in between is not a knee; nor is a rise below a millisecond.
  assert.equal(kneeOf([step(50, 4), step(100, 30), step(200, 5)]), null);
  assert.equal(kneeOf([step(50, 0.2), step(100, 0.9)]), null);
  // The better of two tries counts, and an invalid one does not.
  const tries = [step(50, 4), step(100, 30), step(100, 5), step(200, 90, { verdict: 'void' })];
  assert.equal(kneeOf(tries), null);
});

const broke: CapacityResult['broke'] = [
  { metric: 'p99_ms', text: 'P99 latency 2,000 ms (< 1,000 ms)' },
];
const cases: readonly [CapacityOutcome, CapacityStop, number | undefined, string][] = [
  ['found', 'resolution', 100, 'PASS'],
  ['above_max_rate', 'max_rate', 100, 'PASS'],
  ['below_start_rate', 'start_rate', undefined, 'FAIL'],
  ['unsafe', 'unsafe', 100, 'FAIL'],
  ['generator_limited', 'resolution', 100, 'VOID'],
  ['incomplete', 'interrupted', 100, 'INTERRUPTED'],
  ['incomplete', 'time', 100, 'INVESTIGATE'],
  ['incomplete', 'time', undefined, 'INCONCLUSIVE'],
  ['incomplete', 'no_answer', 100, 'NO ANSWER'],
];
for (const [outcome, stoppedBy, highestMet, expected] of cases) {
  test(`${outcome}, ended by ${stoppedBy}, ${highestMet ?? 'nothing'} met: ${expected}`, () => {
    const { verdict, capacity } = assembleCapacity({
      runs: [],
      steps: [step(100, 4), step(200, 900, { verdict: 'not_met', broke })],
      findings: { outcome, stoppedBy, highestMet, lowestNotMet: 200, lowestVoid: undefined },
      limits: {
        startRate: 50,
        maxRate: 1000,
        stepDurationSecs: 5,
        stepDurationMaxSecs: 15,
        resolution: 0.05,
        stepsMax: 40,
        searchDurationMaxSecs: 900,
      },
      startedAt: new Date(0),
    });
    assert.equal(verdict.verdict, expected);
    assert.deepEqual(capacity?.broke, broke);
  });
}
