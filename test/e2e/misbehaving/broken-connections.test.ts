import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../../../src/testing/faulty-cache/index.ts';
import {
  assertBinomial,
  assertCountedExactly,
  assertOutcome,
  runAgainst,
  tenThousand,
} from './run-against.ts';

const cases: readonly { name: string; fault: Fault; failure: string }[] = [
  {
    name: 'bodies cut off before their announced length',
    fault: { kind: 'truncate', how: 'close', share: 0.2 },
    failure: 'reset',
  },
  {
    name: 'connections reset instead of an answer',
    fault: { kind: 'reset', when: 'before-answer', share: 0.2, methods: ['GET'], afterLookups: 1 },
    failure: 'reset',
  },
  {
    name: 'connections reset in the middle of a body',
    fault: { kind: 'reset', when: 'in-body', share: 0.2 },
    failure: 'reset',
  },
  {
    name: 'bytes that are not an HTTP answer',
    fault: { kind: 'garbage', share: 0.2, methods: ['GET'], afterLookups: 1 },
    failure: 'protocol',
  },
];

for (const { name, fault, failure } of cases) {
  test(`${name}: ${failure}, FAIL`, async (t) => {
    const run = await runAgainst(t, [fault], `${tenThousand} --hit-rate 1`);
    assertOutcome(run, { verdict: 'FAIL', failures: [failure] });
    assertCountedExactly(run, failure, fault.kind);
    assertBinomial(run.result.errors_by_type[failure]!, { trials: 10_000, share: 0.2 });
    // Each broken operation cost its connection alone: all others went on.
    assert.equal(run.result.operations.total, 10_000);
  });
}
