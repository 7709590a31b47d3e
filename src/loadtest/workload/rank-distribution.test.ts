import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyDistribution } from '../config/config.ts';
import { createRandom } from '../statistics/random.ts';
import { createRankDistribution } from './rank-distribution.ts';

const cases: readonly { keys: KeyDistribution; count: number }[] = [
  { keys: { kind: 'zipf', exponent: 0.99 }, count: 1000 },
  { keys: { kind: 'zipf', exponent: 0.5 }, count: 37 },
  { keys: { kind: 'zipf', exponent: 2 }, count: 50 },
  { keys: { kind: 'uniform' }, count: 100 },
];
for (const { keys, count } of cases) {
  const name = keys.kind === 'zipf' ? `zipf ${keys.exponent}` : 'uniform';
  test(`${name} over ${count} ranks draws by its law`, () => {
    const draws = 200_000;
    const weight = (rank: number): number =>
      keys.kind === 'zipf' ? (rank + 1) ** -keys.exponent : 1;
    const sum = Array.from({ length: count }, (_, rank) => weight(rank)).reduce((a, b) => a + b);
    const ranks = createRankDistribution(keys, count);
    const random = createRandom(3, count);
    const drawn = new Float64Array(count);
    for (let draw = 0; draw < draws; draw += 1) drawn[ranks.draw(random)]! += 1;

    // Ranks are put together until each group is expected often enough for the test.
    let chiSquare = 0;
    let groups = 0;
    for (let rank = 0, seen = 0, expected = 0; rank < count; rank += 1) {
      seen += drawn[rank]!;
      expected += (draws * weight(rank)) / sum;
      assert.ok(Math.abs(ranks.probability(rank) - weight(rank) / sum) < 1e-12);
      if (expected < 50 && rank < count - 1) continue;
      chiSquare += (seen - expected) ** 2 / expected;
      groups += 1;
      seen = 0;
      expected = 0;
    }
    // A chi square of k degrees has mean k and variance 2k.
    const freedom = groups - 1;
    assert.ok(
      chiSquare < freedom + 4 * Math.sqrt(2 * freedom),
      `chi square ${chiSquare.toFixed(0)} with ${freedom} degrees of freedom`,
    );
  });
}

test('a single rank is always drawn', () => {
  const random = createRandom(1, 1);
  for (const keys of [{ kind: 'zipf', exponent: 0.99 }, { kind: 'uniform' }] as const) {
    const ranks = createRankDistribution(keys, 1);
    assert.equal(ranks.draw(random), 0);
    assert.equal(ranks.probability(0), 1);
  }
});

test('the ends of the range are ranks', () => {
  const ranks = createRankDistribution({ kind: 'zipf', exponent: 1 }, 10);
  assert.equal(
    ranks.draw(() => 0),
    0,
  );
  assert.equal(
    ranks.draw(() => 1 - 2 ** -32),
    9,
  );
});
