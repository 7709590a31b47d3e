import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changePoints } from './change-points.ts';
import { standardNormal } from './detectable-change.ts';
import { createRandom, type Random } from './random.ts';

/** Levels as [length, mean] pairs, with normal scatter of 1. */
function levels(random: Random, ...parts: readonly (readonly [number, number])[]): number[] {
  return parts.flatMap(([length, level]) =>
    Array.from({ length }, () => level + standardNormal(random)),
  );
}

test('steady histories of 50 runs: at most 5 in 100 show a change', () => {
  const random = createRandom(3, 0);
  let alarms = 0;
  for (let round = 0; round < 300; round += 1) {
    if (changePoints(levels(random, [50, 0])).length > 0) alarms += 1;
  }
  assert.ok(alarms <= 15, `${alarms} of 300`);
});

test('a step of four deviations, three runs old, is found in 9 of 10 histories, within two runs', () => {
  const random = createRandom(3, 1);
  let found = 0;
  for (let round = 0; round < 100; round += 1) {
    const points = changePoints(levels(random, [37, 0], [3, 4]));
    if (points.some(({ index }) => Math.abs(index - 37) <= 2)) found += 1;
  }
  assert.ok(found >= 90, `${found} of 100`);
});

test('two steps are two change points, with the levels between them', () => {
  const random = createRandom(3, 2);
  const points = changePoints(levels(random, [20, 0], [20, 10], [20, 4]));
  assert.deepEqual(
    points.map(({ index }) => index),
    [20, 40],
  );
  assert.ok(Math.abs(points[0]!.after - 10) < 1 && points[0]!.after === points[1]!.before);
});

test('the same series gives the same answer, and a constant one none', () => {
  const series = levels(createRandom(3, 3), [20, 0], [20, 2]);
  assert.deepEqual(changePoints(series), changePoints([...series]));
  assert.deepEqual(changePoints(new Array<number>(40).fill(100)), []);
});

test('the generous first pass does not split what the second would not take back', () => {
  const random = createRandom(3, 5);
  let points = 0;
  for (let round = 0; round < 200; round += 1) {
    points += changePoints(levels(random, [40, 0], [40, 6])).length;
  }
  assert.ok(points >= 200 && points <= 210, `${points} change points in 200 histories with one`);
});

test('one odd run is not a new level', () => {
  const series = levels(createRandom(3, 4), [40, 0]);
  series[25] = 12;
  assert.deepEqual(changePoints(series), []);
});
