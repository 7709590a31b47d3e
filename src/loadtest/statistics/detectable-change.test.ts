import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareByMannWhitney, compareByWelch } from '../comparison/compare-run-figures.ts';
import { comparedMetrics } from '../comparison/compared-metrics.ts';
import { detectableShareFloor, standardNormal } from './detectable-change.ts';
import { median } from './median.ts';
import { createRandom } from './random.ts';

const p50 = comparedMetrics.find(({ name }) => name === 'p50_latency')!;
const alpha = 0.05 / 4;

/** The minimum detectable change is true when a change of that size is found four times in five, and no change seldom. */
const cases = [
  { runs: 6, compare: compareByMannWhitney },
  { runs: 9, compare: compareByMannWhitney },
  { runs: 2, compare: compareByWelch },
  { runs: 4, compare: compareByWelch },
] as const;
for (const { runs, compare } of cases) {
  test(`${runs} runs per side, ${compare.name}: what is printed as the minimum detectable change is true`, () => {
    const random = createRandom(8, runs);
    const side = (shift: number): number[] =>
      Array.from({ length: runs }, () => Math.exp(shift + 0.1 * standardNormal(random)));
    const rounds = 600;
    const printed = Array.from(
      { length: rounds },
      () => compare(p50, side(0), side(0), alpha).detectable,
    );
    const share = (shift: number): number => {
      let found = 0;
      for (let round = 0; round < rounds; round += 1) {
        if (compare(p50, side(0), side(shift), alpha).pValue <= alpha) found += 1;
      }
      return found / rounds;
    };
    const found = share(median(printed));
    assert.ok(found > 0.74 && found < 0.86, `found in ${found} of the cases`);
    assert.ok(share(0) < 0.025, 'chance alone is not called a change');
    assert.ok(share(median(printed) / 2) < found - 0.2, 'half of it is found much less often');
  });
}

test('a share is known no finer than a few operations', () => {
  assert.equal(detectableShareFloor(1000), 0.5);
  assert.equal(detectableShareFloor(0), Number.POSITIVE_INFINITY);
});
