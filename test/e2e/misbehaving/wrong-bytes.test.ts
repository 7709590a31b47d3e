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

/** Wrong bytes fail a run however rare they are, so each case is one failure kind and one verdict. */
const cases: readonly { name: string; fault: Fault; flags?: string }[] = [
  { name: 'one byte in 1 of 1,000 bodies', fault: { kind: 'flip-byte', share: 0.001 } },
  {
    name: 'one byte in 1 of 1,000 blobs that an action result names',
    fault: { kind: 'flip-byte', share: 0.001, keysFrom: '/cas/' },
    flags: '--protocol bazel',
  },
  {
    // Wherever in an ActionResult the bit lies, it must not pass for a miss, nor for a lost write.
    name: 'one byte in 1 of 20 action results',
    fault: { kind: 'flip-byte', share: 0.05, keysFrom: '/ac/' },
    flags: '--protocol bazel',
  },
  { name: "another key's bytes of the same size", fault: { kind: 'other-bytes', share: 0.01 } },
  {
    name: "another key's action result",
    fault: { kind: 'other-bytes', share: 0.01, keysFrom: '/ac/' },
    flags: '--protocol bazel',
  },
  {
    name: "another key's blob, where an action result names it",
    fault: { kind: 'other-bytes', share: 0.01, keysFrom: '/cas/' },
    flags: '--protocol bazel',
  },
  {
    name: 'bodies cut short in good framing',
    fault: { kind: 'truncate', how: 'short', share: 0.05 },
  },
];

for (const { name, fault, flags = '' } of cases) {
  test(`${name}: integrity, FAIL`, async (t) => {
    const run = await runAgainst(t, [fault], `${tenThousand} --hit-rate 1 ${flags}`);
    assertOutcome(run, { verdict: 'FAIL', failures: ['integrity'] });
    assertCountedExactly(run, 'integrity', fault.kind);
    assertBinomial(run.result.errors_by_type.integrity!, { trials: 10_000, share: fault.share! });
    // The server said that it has them: wrong bytes are hits all the same.
    assert.equal(run.result.cache.hits, 10_000);
    assert.match(run.result.verdict.reasons.join('\n'), /bytes/);
  });
}

test('one byte in a body of many pieces is found', async (t) => {
  const flags = '--clients 4 --requests 100 --duration 60 --size 3MiB --working-set 8 --hit-rate 1';
  const run = await runAgainst(t, [{ kind: 'flip-byte', share: 0.05 }], flags);
  assertOutcome(run, { verdict: 'FAIL', failures: ['integrity'] });
  assertCountedExactly(run, 'integrity', 'flip-byte');
});
