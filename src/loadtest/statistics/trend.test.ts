import assert from 'node:assert/strict';
import test from 'node:test';
import { firstOrderSeries } from './first-order-series.ts';
import { createRandom, type Random } from './random.ts';
import { mannKendallPValue, theilSenSlope, trendOf } from './trend.ts';

/** First-order series of unit variance with a linear rise of `total` over its length. */
function series(random: Random, correlation: number, total: number, length = 24): number[] {
  return firstOrderSeries(random, length, correlation).map(
    (value, index) => value + (total * index) / length,
  );
}

function shareFlagged(correlation: number, total: number): number {
  const random = createRandom(7, 0);
  const rounds = 1500;
  let flagged = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (trendOf(series(random, correlation, total))!.pValue < 0.01) flagged += 1;
  }
  return flagged / rounds;
}

test('Theil-Sen is the median of pairwise slopes and shrugs off an outlier', () => {
  assert.equal(theilSenSlope([1, 3, 5, 7, 9]), 2);
  assert.equal(theilSenSlope([1, 3, 5, 7, 900, 11, 13]), 2);
});

test('Mann-Kendall matches figures worked out by hand', () => {
  // n = 10, all rising: S = 45, var = 10*9*25/18 = 125, z = 44/sqrt(125) = 3.935.
  const rising = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  assert.ok(Math.abs(mannKendallPValue(rising) - 8.3e-5) < 1e-6);
  // n = 5, S = 2 (6 pairs up, 4 down), var = 5*4*15/18 = 16.67, z = 1/4.082 = 0.2449, p = 0.8065.
  assert.ok(Math.abs(mannKendallPValue([1, 4, 2, 3, 2.5]) - 0.8065) < 1e-3);
  // Ties: n = 4, S = 4, var = (4*3*13 - 2*(2*1*9))/18 = 6.667, z = 3/2.582 = 1.1619, p = 0.2453.
  assert.ok(Math.abs(mannKendallPValue([1, 1, 2, 2]) - 0.2453) < 1e-3);
});

test('a constant series and a short one have no trend', () => {
  assert.equal(trendOf(new Array<number>(20).fill(3))?.pValue, 1);
  assert.equal(trendOf([1, 2, 3]), undefined);
});

test('trendless series are flagged about as rarely as p says, autocorrelated ones rarely too', () => {
  assert.ok(shareFlagged(0, 0) <= 0.015, `independent: ${shareFlagged(0, 0)}`);
  // Plain Mann-Kendall flags 9 % of these.
  assert.ok(shareFlagged(0.5, 0) <= 0.045, `r = 0.5: ${shareFlagged(0.5, 0)}`);
});

test('a rise of four standard deviations is found', () => {
  assert.ok(shareFlagged(0, 4) >= 0.9, `found ${shareFlagged(0, 4)}`);
});
