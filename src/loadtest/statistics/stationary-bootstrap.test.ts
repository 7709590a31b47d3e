import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from './random.ts';
import { drawStationary } from './stationary-bootstrap.ts';

test('as many places are drawn as there are, each equally often in the long run', () => {
  const random = createRandom(1, 0);
  const sum = new Float64Array(20);
  for (let round = 0; round < 5_000; round += 1) {
    const drawn = drawStationary(20, 4, random);
    assert.equal(
      drawn.reduce((a, b) => a + b, 0),
      20,
    );
    drawn.forEach((times, place) => {
      sum[place]! += times;
    });
  }
  for (const times of sum) assert.ok(Math.abs(times / 5_000 - 1) < 0.08, `${times / 5_000}`);
});

test("the variance of a mean is Politis' and Romano's, so blocks keep autocorrelation", () => {
  // For a fixed series the variance has a closed form: (1/n) (R(0) + 2 sum of w(k) R(k)), R the
  // circular-free autocovariance, w(k) = (1 - k/n)(1 - q)^k + (k/n)(1 - q)^(n - k), 1/q the length.
  const n = 40;
  let state = 7;
  let x = 0;
  const series = Array.from({ length: n }, () => {
    state = (Math.imul(state, 69069) + 1) >>> 0;
    x = 0.7 * x + (state / 2 ** 32 - 0.5);
    return x;
  });
  const mean = series.reduce((a, b) => a + b, 0) / n;
  const covariance = (lag: number): number =>
    series.slice(lag).reduce((sum, value, i) => sum + (value - mean) * (series[i]! - mean), 0) / n;
  const keep = 1 - 1 / 5;
  let expected = covariance(0);
  for (let lag = 1; lag < n; lag += 1) {
    const weight = (1 - lag / n) * keep ** lag + (lag / n) * keep ** (n - lag);
    expected += 2 * weight * covariance(lag);
  }
  expected /= n;
  const random = createRandom(5, 0);
  let squares = 0;
  const rounds = 20_000;
  for (let round = 0; round < rounds; round += 1) {
    const drawn = drawStationary(n, 5, random);
    const resampled = series.reduce((sum, value, i) => sum + drawn[i]! * value, 0) / n;
    squares += (resampled - mean) ** 2;
  }
  const ratio = squares / rounds / expected;
  assert.ok(Math.abs(ratio - 1) < 0.06, `${ratio} times the variance expected`);
});
