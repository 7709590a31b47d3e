import assert from 'node:assert/strict';
import test from 'node:test';
import type { CapacitySearchResult } from '../../src/loadtest/internal.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { type LimitedCache, searchArgs, startLimitedCache, workingSet } from './limited-cache.ts';

type Search = Awaited<ReturnType<typeof search>>;

async function search(cache: LimitedCache, ...more: string[]) {
  const run = await runMemobuild(searchArgs(cache, '--json', ...more), { deadlineMs: 50_000 });
  const said = `exit ${run.exitCode}\n${run.stderr}`;
  assert.ok(run.stdout.startsWith('{'), said);
  const result = JSON.parse(run.stdout) as CapacitySearchResult;
  assert.equal(result.scenarios.length, result.capacity.steps.length, 'a run a step');
  assert.equal(cache.entries(), 0, 'what was stored is removed');
  return { ...run, result, capacity: result.capacity, said };
}

/** A busy machine invalidates steps; the report must still be true, if less narrow. */
function assertBrackets({ capacity, said }: Search, truth: number): void {
  const { highest_met: met, lowest_not_met: notMet } = capacity;
  assert.ok(met === null || met <= 1.1 * truth, `met ${met} of ${truth}: ${said}`);
  assert.ok(notMet === null || notMet >= 0.8 * truth, `not met ${notMet} of ${truth}: ${said}`);
  if (capacity.steps.some(({ verdict }) => verdict === 'void')) return;
  assert.equal(capacity.outcome, 'found', said);
  assert.ok(met !== null && notMet !== null, said);
  assert.ok(notMet / met <= 1.5 || isMixedBetween(capacity, met, notMet), said);
}

/** Whether a rate between the two was both met and not met, so that no bracket can be narrower. */
function isMixedBetween({ steps }: Search['capacity'], met: number, notMet: number): boolean {
  const passed = (rate: number): boolean[] =>
    steps.flatMap((step) => (step.rate === rate ? [step.verdict === 'met'] : []));
  return steps.some(
    ({ rate }) =>
      rate > met && rate < notMet && passed(rate).includes(true) && passed(rate).includes(false),
  );
}

test('a server that queues: the capacity found is what it serves', async (t) => {
  // Well between two of the rates that the search tries, 595 and 707.
  const cache = await startLimitedCache(t, { kind: 'queue', perSec: 650 });
  const found = await search(cache, '--start-rate', '250');
  assertBrackets(found, 650);
  const broken = found.capacity.broke.map(({ metric }) => metric);
  if (found.capacity.outcome === 'found') {
    assert.equal(found.exitCode, 0);
    assert.ok(broken.includes('rate_reached_ops_per_sec'), broken.join());
    assert.match(
      found.stderr,
      /\nPASS {2}capacity [\d,]+ ops\/s: met at [\d,]+ ops\/s \(\d+ of \d+ trials\), not met at/,
    );
  }
  // One working set for all steps: it is stored once.
  assert.equal(cache.count('PUT'), workingSet);
});

test('a server that refuses above a rate: success is what broke', async (t) => {
  const cache = await startLimitedCache(t, { kind: 'refuse', perSec: 600 });
  const found = await search(cache, '--start-rate', '250');
  // Up to 5 % may fail, and the server's bucket is a little more in a short step.
  assertBrackets(found, 600 * 1.12);
  const [first] = found.capacity.broke;
  if (found.capacity.outcome === 'found') assert.equal(first?.metric, 'success_rate_percent');
});

test('a target that never meets the criteria: FAIL at the lowest rate', async (t) => {
  const cache = await startLimitedCache(t, { kind: 'slow', ms: 300 });
  const found = await search(cache, '--start-rate', '25');
  const { outcome, steps, highest_met: met } = found.capacity;
  assert.equal(met, null);
  if (steps.some(({ verdict }) => verdict === 'void')) return;
  assert.equal(outcome, 'below_start_rate');
  assert.equal(found.exitCode, 1, found.said);
  assert.deepEqual(
    steps.map(({ rate, attempt }) => [rate, attempt]),
    [
      [25, 1],
      [25, 2],
    ],
    'it is repeated before it counts',
  );
  assert.match(found.result.verdict.reasons.join(), /not met at 25 ops\/s, the lowest rate/);
});

test('a rate that was to be the highest and is met: at least that', async (t) => {
  const cache = await startLimitedCache(t, { kind: 'slow', ms: 1 });
  const found = await search(cache, '--start-rate', '25', '--max-rate', '40');
  if (found.capacity.steps.some(({ verdict }) => verdict === 'void')) return;
  assert.equal(found.exitCode, 0, found.said);
  assert.deepEqual([found.capacity.outcome, found.capacity.highest_met], ['above_max_rate', 40]);
});
