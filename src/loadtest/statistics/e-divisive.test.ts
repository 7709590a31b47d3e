import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestSplit } from './e-divisive.ts';
import { createRandom } from './random.ts';

test('the energy is that of the definition, worked out pair by pair', () => {
  const random = createRandom(4, 0);
  for (let round = 0; round < 20; round += 1) {
    const values = Array.from({ length: 14 }, () => random() + (round % 3));
    const found = bestSplit(values, 3)!;
    const energies = Array.from({ length: 9 }, (_, at) => energyByDefinition(values, at + 3));
    const best = Math.max(...energies);
    assert.ok(Math.abs(found.energy - best) < 1e-9, `${found.energy} is not ${best}`);
    assert.equal(found.index, energies.indexOf(best) + 3);
  }
});

test('a step is found where it is', () => {
  assert.equal(bestSplit([1, 2, 1, 2, 1, 2, 9, 8, 9, 8], 2)?.index, 6);
  assert.equal(bestSplit([5, 5, 5, 1, 1, 1, 1, 1], 3)?.index, 3);
});

test('too few values have no split', () => assert.equal(bestSplit([1, 2, 3, 4, 5], 3), undefined));

function energyByDefinition(values: readonly number[], index: number): number {
  const [a, b] = [values.slice(0, index), values.slice(index)];
  const meanDistance = (x: readonly number[], y: readonly number[]): number => {
    let sum = 0;
    let count = 0;
    x.forEach((one, i) => {
      y.forEach((other, j) => {
        if (x === y && i <= j) return;
        sum += Math.abs(one - other);
        count += 1;
      });
    });
    return sum / count;
  };
  const scale = (a.length * b.length) / (a.length + b.length);
  return scale * (2 * meanDistance(a, b) - meanDistance(a, a) - meanDistance(b, b));
}
