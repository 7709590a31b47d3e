import assert from 'node:assert/strict';
import test from 'node:test';
import { assembleSuite, compareFiles, type LoadedResult } from '../../loadtest/internal.ts';
import { buildRunResult, type RunPlan } from '../../testing/build-run-result.ts';
import { readJUnit } from '../../testing/read-junit.ts';
import { renderComparisonJUnit, renderResultJUnit, renderResultMarkdown } from '../index.ts';

/** A scenario file may name a run like this. */
const hostile = 'a "b" <c/> & ]]> --> | `d` \u0000\u001b[31m \ud800 \u2028\n### e';

function loaded(path: string, plan: RunPlan): LoadedResult {
  return { path, read: { kind: 'run', result: buildRunResult(plan) } };
}

test('a run is a suite, a row of its verdict a case; names from outside stay names', () => {
  const run = buildRunResult({ seed: 1, windows: 3, change: { name: hostile } });
  const [suite, ...more] = readJUnit(
    renderResultJUnit({ kind: 'run', result: run }, { strict: false }),
  );
  assert.equal(more.length, 0);
  // What XML can't say is a question mark; the rest comes back as it was.
  assert.equal(
    suite?.name.replaceAll('\u2028', ' '),
    hostile.replace('\u0000\u001b', '??').replace('\ud800', '?').replaceAll('\u2028', ' '),
  );
  assert.equal(suite.cases.length, run.verdict.rows.length + 1);
  const markdown = renderResultMarkdown({ kind: 'run', result: run });
  assert.doesNotMatch(markdown, /^### e/m);
  assert.doesNotMatch(markdown, /[^\\]<c/);
});

test('what fails, and what only --strict fails', () => {
  const bad = buildRunResult({ seed: 2, windows: 3, failedPerWindow: 40 });
  assert.equal(bad.verdict.verdict, 'FAIL');
  const [suite] = readJUnit(renderResultJUnit({ kind: 'run', result: bad }, { strict: false }));
  const failed = suite!.cases.filter(({ status }) => status === 'failed');
  assert.equal(failed.length, bad.verdict.rows.filter(({ verdict }) => verdict === 'FAIL').length);
  assert.match(failed[0]!.message, /^FAIL: measured .*, required /);
  const rows = bad.verdict.rows.map((row) => ({ ...row, verdict: 'INVESTIGATE' as const }));
  const investigated = {
    ...bad,
    verdict: { ...bad.verdict, verdict: 'INVESTIGATE' as const, rows },
  };
  const failures = (strict: boolean): number =>
    readJUnit(
      renderResultJUnit({ kind: 'run', result: investigated }, { strict }),
    )[0]!.cases.filter(({ status }) => status === 'failed').length;
  assert.deepEqual([failures(false), failures(true)], [0, rows.length]);
});

test('a VOID run is an error, a suite a suite for each scenario', () => {
  const good = buildRunResult({ seed: 3, windows: 3, change: { name: 'light' } });
  const voidRun = {
    ...buildRunResult({ seed: 4, windows: 3, change: { name: 'heavy' } }),
    verdict: { ...good.verdict, verdict: 'VOID' as const, reasons: ['the machine <swapped>'] },
  };
  const suites = readJUnit(
    renderResultJUnit(
      { kind: 'suite', result: assembleSuite([good, voidRun], new Date(0)) },
      { strict: false },
    ),
  );
  assert.deepEqual(
    suites.map(({ name, cases }) => [name, cases[0]?.status, cases[0]?.message]),
    [
      ['light', 'passed', ''],
      ['heavy', 'error', 'VOID: the machine <swapped>'],
    ],
  );
});

test('a comparison: worse fails, inconclusive is skipped, different configurations are an error', () => {
  const base = loaded('base <1>.json', { seed: 5 });
  const answerOf = (
    from: readonly LoadedResult[],
    next: readonly LoadedResult[],
  ): (readonly [string, string, string])[] =>
    readJUnit(renderComparisonJUnit(compareFiles(from, next))).flatMap(({ cases }) =>
      cases.map(({ name, status, message }) => [name, status, message] as const),
    );
  const answer = (next: LoadedResult, from = base) => answerOf([from], [next]);
  // One run per side can't show that nothing changed: the scatter between runs is not in it.
  const sixRuns = (firstSeed: number): LoadedResult[] =>
    [0, 1, 2, 3, 4, 5].map((run) => loaded(`${firstSeed + run}.json`, { seed: firstSeed + run }));
  const same = answerOf(sixRuns(20), sixRuns(30));
  assert.deepEqual(same[0]?.slice(0, 2), ['no regression', 'passed']);
  assert.ok(same.length > 5);
  const slow = answer(loaded('slow.json', { seed: 7, slowness: 1.8 }));
  assert.deepEqual(slow[0]?.slice(0, 2), ['no regression', 'failed']);
  assert.match(slow[0]![2], /^REGRESSION: worse: /);
  const p95 = slow.find(([name]) => name === 'P95 latency');
  assert.equal(p95?.[1], 'failed');
  assert.match(p95[2], /^worse: .* ms to .* ms, \+\d/);
  const short = loaded('short.json', { seed: 8, windows: 5 });
  const untold = answer(short, loaded('b.json', { seed: 9, windows: 5 }));
  assert.deepEqual(untold[0]?.slice(0, 2), ['no regression', 'skipped']);
  assert.equal(untold.find(([name]) => name === 'throughput')?.[1], 'skipped');
  const other = answer(loaded('other.json', { seed: 10, config: { numClients: 50 } }));
  assert.equal(other[0]?.[1], 'error');
  assert.match(other[0]![2], /^NOT COMPARABLE: clients: base has 20/);
});
