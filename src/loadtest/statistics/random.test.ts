import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom, mix32 } from './random.ts';

const take = (seed: number, stream: number, count = 5): number[] => {
  const random = createRandom(seed, stream);
  return Array.from({ length: count }, random);
};

test('a seed and a stream give the same numbers each time, and others give others', () => {
  assert.deepEqual(take(1, 1), take(1, 1));
  for (const [seed, stream] of [
    [2, 1],
    [1, 2],
    [1 + 2 ** 32, 1],
    [0, 0],
  ] as const) {
    assert.notDeepEqual(take(1, 1), take(seed, stream));
  }
});

test('numbers are even over 0 to 1, also the first ones of many streams', () => {
  const long = take(1, 1, 20_000);
  const firsts = Array.from({ length: 20_000 }, (_, stream) => createRandom(1, stream)());
  for (const numbers of [long, firsts]) {
    const tenths = new Array<number>(10).fill(0);
    for (const x of numbers) tenths[Math.floor(x * 10)]! += 1;
    const chiSquare = tenths.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
    // 9 degrees of freedom: 27.9 is passed by chance once in a thousand.
    assert.ok(chiSquare < 27.9, `chi square ${chiSquare}`);
  }
});

test('mix32 is one to one', () => {
  const seen = new Set(Array.from({ length: 100_000 }, (_, x) => mix32(x * 40_503)));
  assert.equal(seen.size, 100_000);
});
