import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { ConfigError } from '../errors.ts';
import { defaultCriteria, parseCriteria } from './criteria.ts';
import { judge } from './judge.ts';

function verdictWith(keys: Record<string, unknown>) {
  return judge(buildMeasurement(), resolveConfig({}), parseCriteria(keys));
}

test("a user's limits replace those named, the others stay", () => {
  const criteria = parseCriteria({ p95_ms: { pass: 3, fail: 4 } });
  assert.deepEqual(criteria.p95_ms, { pass: 3, fail: 4 });
  assert.deepEqual(criteria.success_rate_percent, defaultCriteria.success_rate_percent);
  assert.equal(verdictWith({ p95_ms: { pass: 3, fail: 4 } }).verdict, 'FAIL');
  assert.equal(verdictWith({ p95_ms: { pass: 3 } }).verdict, 'INVESTIGATE');
});

test('a metric can be switched off, but wrong bytes and lost writes cannot', () => {
  const { rows } = verdictWith({ avg_ms: 'off', p99_ms: false });
  assert.equal(
    rows.some(({ metric }) => metric === 'avg_ms' || metric === 'p99_ms'),
    false,
  );
  assert.ok(rows.some(({ metric }) => metric === 'integrity_and_lost'));
  assert.throws(() => parseCriteria({ integrity_and_lost: 'off' }), /is not a metric/);
});

test('an absolute hit rate takes the place of the relative one', () => {
  const { rows } = verdictWith({ hit_rate_percent: { pass: 85, fail: 80 } });
  const hitRows = rows.filter(({ metric }) => metric.startsWith('hit_rate'));
  assert.deepEqual(
    hitRows.map(({ metric, verdict }) => [metric, verdict]),
    [['hit_rate_percent', 'FAIL']],
  );
});

test('a hit rate can be held to both sides of its target', () => {
  const off = (target: number) =>
    judge(
      buildMeasurement(),
      resolveConfig({ cacheHitRatioTarget: target }),
      parseCriteria({ hit_rate_deviation_points: { pass: 5, fail: 5 } }),
    ).rows.find(({ metric }) => metric === 'hit_rate_deviation_points')?.verdict;
  assert.equal(off(0.75), 'PASS');
  assert.equal(off(0.65), 'FAIL');
  assert.equal(off(0.85), 'FAIL');
});

test('an edge is an edge, whatever the floating point makes of it', () => {
  const limits = parseCriteria({ hit_rate_deviation_points: { pass: 5, fail: 5 } });
  const config = resolveConfig({ cacheHitRatioTarget: 0.032 });
  const { rows } = judge(buildMeasurement({ hits: 82, misses: 918 }), config, limits);
  const row = rows.find(({ metric }) => metric === 'hit_rate_deviation_points');
  assert.notEqual(row?.measured, 5);
  assert.equal(row?.verdict, 'INVESTIGATE');
});

test('every problem of a criteria file is named', () => {
  assert.throws(
    () =>
      parseCriteria({
        speed: { pass: 1 },
        p95_ms: 5,
        p99_ms: { pass: 5, fail: 1 },
        avg_ms: { pass: 'x' },
      }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(error.problems.length, 4);
      assert.match(error.message, /speed is not a metric; known metrics: success_rate_percent/);
      assert.match(error.message, /p99_ms takes .* fail not below pass/);
      return true;
    },
  );
});
