import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertCountedExactly, assertOutcome, runAgainst } from './run-against.ts';

test('lookups that are never answered: timeout, at their bound, FAIL', async (t) => {
  const fault = { kind: 'never-answer', methods: ['GET'], afterLookups: 1 } as const;
  const flags = '--clients 20 --requests 3 --duration 60 --timeout 1 --size 1KiB --reread 0';
  const run = await runAgainst(t, [fault], flags);
  assertOutcome(run, { verdict: 'FAIL', failures: ['timeout'] });
  assertCountedExactly(run, 'timeout', 'never-answer');
  const { operations, latency, cache } = run.result;
  assert.deepEqual(operations, { total: 60, successful: 0, failed: 60 });
  assert.equal(cache.hits + cache.misses, 0);
  // Recorded at the bound, however late the timer was; an HDR histogram keeps three digits.
  assert.ok(Math.abs(latency.p99_ms - 1000) <= 2, `p99 ${latency.p99_ms} ms`);
});

test('one lookup in twenty is never answered: the others continue', async (t) => {
  const fault = { kind: 'never-answer', methods: ['GET'], share: 0.05, afterLookups: 1 } as const;
  const flags = '--clients 20 --requests 50 --duration 60 --timeout 0.5 --size 1KiB --reread 0';
  const run = await runAgainst(t, [fault], flags);
  assertCountedExactly(run, 'timeout', 'never-answer');
  const { operations, errors_by_type } = run.result;
  assert.equal(operations.successful, 1000 - errors_by_type.timeout!);
});

test('a server that accepts and never says a word ends with 3, and says so', async (t) => {
  const flags = '--clients 5 --requests 3 --duration 60 --timeout 1 --size 1KiB';
  const { run, said } = await runAgainst(t, [{ kind: 'never-answer' }], flags);
  assert.equal(run.exitCode, 3, said);
  assert.equal(run.stdout, '');
  assert.match(run.stderr, /did not answer/, said);
});

test('a server that speaks something else ends with 3, and says so', async (t) => {
  const flags = '--clients 5 --requests 3 --duration 60 --timeout 1 --size 1KiB';
  const { run, said } = await runAgainst(t, [{ kind: 'garbage' }], flags);
  assert.equal(run.exitCode, 3, said);
  assert.match(run.stderr, /HTTP/, said);
});

test('stores that are never answered: the warm-up ends at its own bound, with 3', async (t) => {
  const fault = { kind: 'never-answer', methods: ['PUT'] } as const;
  const flags = '--clients 20 --requests 3 --duration 60 --timeout 30 --warmup 2 --size 1KiB';
  const { run, said } = await runAgainst(t, [fault], flags);
  assert.equal(run.exitCode, 3, said);
  assert.match(run.stderr, /warm-up/, said);
});

test('answers that drip are slow and whole', async (t) => {
  const fault = { kind: 'drip', everyMs: 15, share: 0.5 } as const;
  const flags = '--clients 20 --requests 20 --duration 60 --size 1KiB --hit-rate 1 --reread 0';
  const run = await runAgainst(t, [fault], flags);
  assert.equal(run.result.operations.failed, 0);
  // Eight pieces, 15 ms after each: a floor that no machine can undercut.
  assert.ok(run.result.latency.p99_ms >= 100, `p99 ${run.result.latency.p99_ms} ms`);
});

test('Ctrl-C while nothing is answered ends the run early, with what was measured', async (t) => {
  const fault = { kind: 'never-answer', methods: ['GET'], afterLookups: 200 } as const;
  const flags = '--clients 20 --requests 0 --duration 80 --timeout 60 --size 1KiB';
  const run = await runAgainst(t, [fault], flags, {
    interruptWhen: async (cache) => {
      while ((await cache.counts()).requests.GET < 200) await sleep(50);
      await sleep(500);
    },
  });
  assert.equal(run.run.exitCode, 130, run.said);
  assert.equal(run.result.complete, false);
  assert.equal(run.result.stop_reason, 'interrupted');
  assert.ok(run.result.operations.successful >= 150);
});
