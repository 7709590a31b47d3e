import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mannWhitney, mannWhitneyDistribution } from './mann-whitney.ts';
import { createRandom } from './random.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test("a textbook's samples give R's and scipy's exact p", () => {
  // scipy's documentation of mannwhitneyu: diagnosis ages of men and women.
  const ages = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]);
  assert.equal(ages.u, 17);
  near(ages.pValue, 1 / 9);
  // Hollander and Wolfe 69f, in R's documentation of wilcox.test.
  const permeability = mannWhitney(
    [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    [1.15, 0.88, 0.9, 0.74, 1.21],
  );
  assert.equal(permeability.u, 35);
  near(permeability.pValue, 0.2544122544122544);
});

for (const [runs, smallest] of [
  [3, 2 / 20],
  [4, 2 / 70],
  [5, 2 / 252],
  [6, 2 / 924],
] as const) {
  test(`samples of ${runs} that don't overlap have the smallest p there is, ${smallest}`, () => {
    const low = Array.from({ length: runs }, (_, index) => index);
    near(
      mannWhitney(
        low,
        low.map((value) => value + 100),
      ).pValue,
      smallest,
    );
  });
}

test("ties are dealt out too: scipy's permutation_test over all 924 deals says the same", () => {
  const { pValue } = mannWhitney([1, 2, 2, 3, 4, 4], [2, 4, 5, 5, 6, 7]);
  near(pValue, 0.03896103896103896);
});

test('with random ties it is what trying every deal gives', () => {
  const random = createRandom(7, 0);
  for (let round = 0; round < 30; round += 1) {
    const draw = (count: number): number[] =>
      Array.from({ length: count }, () => Math.floor(4 * random()));
    const a = draw(2 + Math.floor(3 * random()));
    const b = draw(2 + Math.floor(4 * random()));
    near(mannWhitney(a, b).pValue, pByEveryDeal(a, b));
  }
});

test('values that are all equal say nothing', () =>
  assert.equal(mannWhitney([5, 5, 5], [5, 5, 5, 5]).pValue, 1));

test('U has the distribution of the published tables', () => {
  // 1, 1, 2, 3, 4, 4, 4 … ways of 5 over 4, cumulated in Mann and Whitney's table: P(U <= 3) = 0.056.
  const distribution = mannWhitneyDistribution(4, 5);
  const upTo3 = [0, 1, 2, 3].reduce((sum, u) => sum + distribution[u]!, 0);
  near(upTo3, 7 / 126);
  assert.equal(distribution.length, 21);
});

test("many values go by the normal approximation, scipy's to the tenth digit", () => {
  const a = Array.from({ length: 61 }, (_, index) => index);
  const b = a.map((value) => 1.1 * value + 3.03);
  const { pValue, method } = mannWhitney(a, b);
  assert.equal(method, 'normal');
  assert.ok(Math.abs(pValue - asymptoticOfScipy) < 1e-6, `${pValue}`);
});

// scipy.stats.mannwhitneyu(numpy.arange(61.), numpy.arange(61) * 1.1 + 3.03, method='asymptotic')
const asymptoticOfScipy = 0.08913284384493149;

/** The definition, at the cost of trying all. */
function pByEveryDeal(a: readonly number[], b: readonly number[]): number {
  const all = [...a, ...b];
  const uOf = (chosen: readonly number[], rest: readonly number[]): number =>
    chosen.reduce(
      (sum, x) => sum + rest.reduce((part, y) => part + (x > y ? 1 : x === y ? 0.5 : 0), 0),
      0,
    );
  const mean = (a.length * b.length) / 2;
  const distance = Math.abs(uOf(a, b) - mean);
  let deals = 0;
  let asFar = 0;
  for (let mask = 0; mask < 2 ** all.length; mask += 1) {
    const chosen = all.filter((_, index) => (mask >> index) % 2 === 1);
    if (chosen.length !== a.length) continue;
    const rest = all.filter((_, index) => (mask >> index) % 2 === 0);
    deals += 1;
    if (Math.abs(uOf(chosen, rest) - mean) >= distance) asFar += 1;
  }
  return asFar / deals;
}
