import assert from 'node:assert/strict';
import { test } from 'node:test';
import { injectedCount } from '../../../src/testing/faulty-cache/index.ts';
import { assertBinomial, assertOutcome, runAgainst, tenThousand } from './run-against.ts';

test('1 % of acknowledged writes dropped: lost, FAIL', async (t) => {
  const fault = { kind: 'drop-write', share: 0.01, afterLookups: 1 } as const;
  // Every operation writes; half of the writes are re-read.
  const run = await runAgainst(t, [fault], `${tenThousand} --hit-rate 0 --reread 0.5`);
  assertOutcome(run, { verdict: 'FAIL', failures: ['lost'] });
  const { writes, errors_by_type } = run.result;
  const injected = injectedCount(run.counts, 'drop-write');
  assertBinomial(injected, { trials: run.counts.requests.PUT, share: 0.01 });
  assert.equal(writes.acknowledged, 10_000);
  assert.ok(writes.reread > 4000, `${writes.reread} writes were re-read`);
  assert.equal(writes.lost, errors_by_type.lost);
  assertBinomial(writes.lost, { trials: writes.reread, share: injected / writes.acknowledged });
});

test('writes dropped in the warm-up are found by the lookups that expect them', async (t) => {
  const fault = { kind: 'drop-write', share: 0.05 } as const;
  const run = await runAgainst(t, [fault], `${tenThousand} --keys uniform --hit-rate 1`);
  assertOutcome(run, { verdict: 'FAIL', failures: ['lost'] });
  // 10,000 uniform lookups of 1,000 keys ask for each one; a key stored again may be dropped again.
  const injected = injectedCount(run.counts, 'drop-write');
  assert.ok(run.result.errors_by_type.lost! <= injected);
  assert.ok(run.result.errors_by_type.lost! >= 0.9 * injected, `of ${injected}`);
});

test('a cache that evicts what was stored, and does not say so, loses writes', async (t) => {
  const run = await runAgainst(t, [{ kind: 'evict', keepEntries: 500 }], tenThousand);
  assertOutcome(run, { verdict: 'FAIL', failures: ['lost'] });
  const evicted = injectedCount(run.counts, 'evict');
  assert.ok(run.result.errors_by_type.lost! <= evicted);
  const hitRate = run.result.verdict.rows.find(({ metric }) => metric.includes('hit_rate'));
  assert.equal(hitRate?.verdict, 'FAIL');
});
