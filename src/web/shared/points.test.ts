import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Points } from './points.ts';

test('a run of any length stays within the bound, evenly spaced, with its mean kept', () => {
  const points = new Points(100);
  const changes = new Set<string | undefined>();
  for (let second = 1; second <= 10_000; second += 1) {
    changes.add(points.add([second, second % 2 === 0 ? 10 : 20, null]));
  }
  assert.deepEqual(changes, new Set(['added', 'thinned', undefined]));
  assert.ok(points.all.length <= 100 && points.all.length > 40, `${points.all.length} points`);
  const steps = points.all.slice(1).map(([at], index) => at! - points.all[index]![0]!);
  assert.equal(new Set(steps).size, 1, `steps of ${[...new Set(steps)].join()}`);
  assert.ok(points.all.every(([, mean, nothing]) => mean === 15 && nothing === null));
  assert.ok(points.all.at(-1)![0]! > 9_700);
});

test('what is not known in one of two is taken from the other', () => {
  const points = new Points(2);
  points.replace([
    [1, null],
    [2, 4],
    [3, 6],
  ]);
  assert.deepEqual(points.all, [
    [2, 4],
    [3, 6],
  ]);
});
