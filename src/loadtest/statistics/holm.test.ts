import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holm } from './holm.ts';

const cases = [
  // R: p.adjust(c(...), 'holm')
  { p: [0.01, 0.02, 0.03, 0.005], adjusted: [0.03, 0.04, 0.04, 0.02] },
  { p: [0.01, 0.04, 0.03, 0.5], adjusted: [0.04, 0.09, 0.09, 0.5] },
  { p: [0.9, 0.6], adjusted: [1, 1] },
  { p: [], adjusted: [] },
];
for (const { p, adjusted } of cases) {
  test(`${p.join(', ')} become ${adjusted.join(', ')}`, () => {
    const found = holm(p);
    assert.equal(found.length, adjusted.length);
    found.forEach((value, index) => {
      assert.ok(Math.abs(value - adjusted[index]!) < 1e-12, `${value}`);
    });
  });
}
