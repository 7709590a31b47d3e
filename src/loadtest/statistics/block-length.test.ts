import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stationaryBlockLength } from './block-length.ts';

/** x = phi x + noise, by a generator that is written down in two lines of any language. */
function firstOrder(length: number, phi: number): number[] {
  let state = 42;
  let x = 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 69069) + 1) >>> 0;
    x = phi * x + (state / 2 ** 32 - 0.5);
    return x;
  });
}

// arch.bootstrap.optimal_block_length of the same series, arch 8.0.0; below 1 it is 1 here.
const cases = [
  { length: 30, phi: 0, expected: 1 },
  { length: 60, phi: 0.5, expected: 3.138153684780282 },
  { length: 120, phi: 0.8, expected: 6.519415928028447 },
  { length: 300, phi: 0.9, expected: 15.951044530722285 },
  { length: 100, phi: -0.5, expected: 11.72380118923839 },
];
for (const { length, phi, expected } of cases) {
  test(`${length} values with autocorrelation ${phi}: blocks as Patton's and Sheppard's code says`, () => {
    const found = stationaryBlockLength(firstOrder(length, phi));
    assert.ok(Math.abs(found - expected) < 1e-6 * expected, `${found} is not ${expected}`);
  });
}

test('series that are short or constant have blocks of 1', () => {
  assert.equal(stationaryBlockLength([1, 2, 3]), 1);
  assert.equal(stationaryBlockLength(new Array<number>(40).fill(7)), 1);
});

test('blocks never outgrow three square roots, nor a third, of the series', () => {
  // A wave's estimated density at frequency 0 is nearly none, and the length it asks for nearly endless.
  const wave = (length: number): number[] =>
    Array.from({ length }, (_, index) => Math.sin((2 * Math.PI * index) / 5));
  assert.equal(stationaryBlockLength(wave(30)), 10);
  assert.equal(stationaryBlockLength(wave(120)), 33);
});
