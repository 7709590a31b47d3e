import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertBinomial,
  assertCountedExactly,
  assertOutcome,
  runAgainst,
  tenThousand,
} from './run-against.ts';

/** The lookup before the run, which asks whether this is a cache at all, is spared. */
const spareProbe = { afterLookups: 1 } as const;

test('20 % of lookups answered with 500', async (t) => {
  const fault = {
    kind: 'status',
    status: 500,
    share: 0.2,
    methods: ['GET'],
    ...spareProbe,
  } as const;
  const run = await runAgainst(t, [fault], tenThousand);
  assertOutcome(run, { verdict: 'FAIL', failures: ['http_5xx'] });
  assertCountedExactly(run, 'http_5xx', 'status');
  assertBinomial(run.result.errors_by_type.http_5xx!, { trials: 10_000, share: 0.2 });
});

test('20 % of all requests answered with 500, stores and warm-up included', async (t) => {
  const fault = {
    kind: 'status',
    status: 500,
    share: 0.2,
    methods: ['GET', 'PUT'],
    ...spareProbe,
  } as const;
  const run = await runAgainst(t, [fault], tenThousand);
  assertOutcome(run, { verdict: 'FAIL', failures: ['http_5xx'] });
  const { errors_by_type, warmup, cache, operations } = run.result;
  const { GET, PUT } = run.counts.injected.status;
  assert.equal(errors_by_type.http_5xx! + warmup.failed, GET + PUT);
  assertBinomial(warmup.failed, { trials: 1000, share: 0.2 });
  // A lookup that missed and whose store failed is a miss, and a failure.
  assert.equal(cache.hits + cache.misses, operations.total - GET);
});

test('7 % answered with 403 is for a person to look into; --strict makes it a failure', async (t) => {
  const fault = {
    kind: 'status',
    status: 403,
    share: 0.07,
    methods: ['GET'],
    ...spareProbe,
  } as const;
  const run = await runAgainst(t, [fault], tenThousand);
  assertOutcome(run, { verdict: 'INVESTIGATE', failures: ['http_4xx'] });
  assertCountedExactly(run, 'http_4xx', 'status');
  assertBinomial(run.result.errors_by_type.http_4xx!, { trials: 10_000, share: 0.07 });
  const strict = await runAgainst(t, [fault], `${tenThousand} --strict`);
  assertOutcome(strict, { verdict: 'INVESTIGATE', exitCode: 1, failures: ['http_4xx'] });
});

test('a retried failure is counted as a retry, and as a failure only when it stays one', async (t) => {
  const fault = {
    kind: 'status',
    status: 503,
    share: 0.2,
    methods: ['GET'],
    ...spareProbe,
  } as const;
  const run = await runAgainst(t, [fault], `${tenThousand} --retries 1`);
  assertOutcome(run, { verdict: 'PASS', failures: ['http_5xx'] });
  // An operation fails when both attempts do.
  assertBinomial(run.result.errors_by_type.http_5xx!, { trials: 10_000, share: 0.04 });
  const injected = run.counts.injected.status.GET;
  const retried = injected - run.result.errors_by_type.http_5xx!;
  assert.equal(run.counts.requests.GET, 10_000 + retried + 1);
});

test('a cache that refuses every store ends with 3: there is nothing to look up', async (t) => {
  const fault = { kind: 'status', status: 403, methods: ['PUT'] } as const;
  const { run, said } = await runAgainst(t, [fault], tenThousand);
  assert.equal(run.exitCode, 3, said);
  assert.match(run.stderr, /warm-up|stored/, said);
});
