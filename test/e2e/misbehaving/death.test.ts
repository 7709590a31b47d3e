import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertOutcome, runAgainst, tenThousand } from './run-against.ts';

test('a server that dies midway: what was under way is reset, the rest refused, FAIL', async (t) => {
  const run = await runAgainst(t, [{ kind: 'die', afterLookups: 5000 }], tenThousand);
  assert.ok(run.cache.hasDied());
  assertOutcome(run, { verdict: 'FAIL', failures: ['refused', 'reset'] });
  const { operations, errors_by_type, cache } = run.result;
  assert.equal(operations.total, 10_000);
  // One operation per client was in flight, and the one that killed it. A dying process may close
  // its clients' connections before the port: the kernel then still makes connections that are
  // reset, too.
  assert.ok(errors_by_type.reset! <= resetsMax, `${errors_by_type.reset} reset`);
  // Answers that the server sent at its death may not have arrived.
  const answered = run.counts.hits + run.counts.misses;
  const arrived = cache.hits + cache.misses;
  assert.ok(arrived <= answered && answered - arrived <= 22, `${arrived} of ${answered}`);
  assert.ok(errors_by_type.refused! >= 10_000 - answered - resetsMax);
});

const resetsMax = 2 * 20 + 1;

test('a server that dies in a run without a cap: the run still ends by its duration', async (t) => {
  const flags = '--clients 20 --requests 0 --duration 4 --size 1KiB';
  const run = await runAgainst(t, [{ kind: 'die', afterLookups: 500 }], flags);
  assertOutcome(run, { verdict: 'FAIL', failures: ['refused', 'reset'] });
  assert.equal(run.result.stop_reason, 'duration');
});

test('a server that dies under an arrival rate: every operation that was due is accounted for', async (t) => {
  const flags = '--clients 20 --rate 500 --duration 4 --size 1KiB --reread 0';
  const run = await runAgainst(t, [{ kind: 'die', afterLookups: 1000 }], flags);
  const { operations, scheduled, errors_by_type } = run.result;
  assert.equal(operations.total, scheduled);
  assert.ok(errors_by_type.refused! + (errors_by_type.dropped ?? 0) > 700);
  assert.ok(run.run.exitCode === 1 || run.result.verdict.verdict === 'VOID', run.said);
});
