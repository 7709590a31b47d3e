import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRankDistribution } from './rank-distribution.ts';
import {
  buildCacheDecadePercents,
  createSizeQuantiles,
  quantileOf,
  sizesOfRanks,
} from './size-distribution.ts';

const buildCache = createSizeQuantiles({ kind: 'build-cache' });
const decadeOf = (sizeBytes: number): number => Math.floor(Math.log10(sizeBytes) + 1e-12);

/** The mean of a logarithmically even decade from a: 9a / ln 10. */
const expectedMean =
  buildCacheDecadePercents.reduce((sum, percent, decade) => sum + percent * 10 ** decade, 0) *
  (9 / Math.LN10 / buildCacheDecadePercents.reduce((a, b) => a + b));

test('the new keys have the shares of the build cache, decade by decade', () => {
  const count = 100_000;
  const seen = new Float64Array(8);
  for (let index = 0; index < count; index += 1)
    seen[decadeOf(buildCache.at(quantileOf(index)))]! += 1;
  buildCacheDecadePercents.forEach((percent, decade) => {
    assert.ok(Math.abs((seen[decade]! / count) * 100 - percent) < 0.05, `decade ${decade}`);
  });
});

for (const workers of [2, 3, 8]) {
  test(`each of ${workers} workers has the shares too, though it takes every ${workers}th key`, () => {
    for (let worker = 0; worker < workers; worker += 1) {
      let small = 0;
      for (let index = 0; index < 5000; index += 1) {
        if (buildCache.at(quantileOf(index * workers + worker)) < 100) small += 1;
      }
      assert.ok(Math.abs(small / 5000 - 0.3312) < 0.01, `worker ${worker}: ${small}`);
    }
  });
}

for (const keys of [{ kind: 'zipf', exponent: 0.99 }, { kind: 'uniform' }] as const) {
  test(`a ${keys.kind} working set's requests have the shares of the build cache`, () => {
    const ranks = createRankDistribution(keys, 1000);
    const sizes = sizesOfRanks(buildCache, 1000, (rank) => ranks.probability(rank));
    const requests = new Float64Array(8);
    let mean = 0;
    sizes.forEach((size, rank) => {
      requests[decadeOf(size)]! += ranks.probability(rank);
      mean += size * ranks.probability(rank);
    });
    buildCacheDecadePercents.forEach((percent, decade) => {
      assert.ok(
        Math.abs(requests[decade]! * 100 - percent) < 0.25,
        `decade ${decade}: ${requests[decade]}`,
      );
    });
    assert.ok(mean > expectedMean / 2 && mean < expectedMean * 2, `${mean} and ${expectedMean}`);
  });
}

test('weighted sizes are given by their weights', () => {
  const quantiles = createSizeQuantiles({
    kind: 'weighted',
    sizes: [
      { sizeBytes: 1024, weight: 3 },
      { sizeBytes: 65_536, weight: 1 },
    ],
  });
  const ranks = createRankDistribution({ kind: 'zipf', exponent: 0.99 }, 500);
  const sizes = sizesOfRanks(quantiles, 500, (rank) => ranks.probability(rank));
  let large = 0;
  sizes.forEach((size, rank) => {
    assert.ok(size === 1024 || size === 65_536);
    if (size === 65_536) large += ranks.probability(rank);
  });
  assert.ok(Math.abs(large - 0.25) < 0.01, `${large}`);
  assert.deepEqual(
    [quantiles.at(0), quantiles.at(0.74), quantiles.at(0.76), quantiles.at(1)],
    [1024, 1024, 65_536, 65_536],
  );
});
