import assert from 'node:assert/strict';
import { test } from 'node:test';
import { welch } from './welch.ts';

test("Welch's test of the textbook's screws is scipy's", () => {
  // scipy.stats.ttest_ind(b, a, equal_var=False): t = 1.9590, df = 7.0306, p = 0.09077.
  const a = [29.89, 29.93, 29.72, 29.98, 30.02, 29.98];
  const b = [30.02, 29.99, 30.11, 29.97, 30.01, 29.99];
  const found = welch(a, b);
  assert.ok(Math.abs(found.pValue - 0.09077332428566112) < 1e-10, `${found.pValue}`);
  assert.ok(Math.abs(found.degreesOfFreedom - 7.030559959884322) < 1e-9);
  assert.ok(Math.abs(found.estimate - 0.095) < 1e-12);
  assert.ok(found.low < 0 && found.high > 0, 'p above 0.05: 0 lies within');
});

test('samples without spread differ, or not at all', () => {
  assert.equal(welch([5, 5], [5, 5]).pValue, 1);
  assert.equal(welch([5, 5], [6, 6]).pValue, 0);
});

test('one value has no spread to judge by', () => assert.throws(() => welch([1], [1, 2])));
