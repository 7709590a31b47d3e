import assert from 'node:assert/strict';
import test from 'node:test';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { LoadTestError } from '../errors.ts';
import { assembleSuite } from '../result/assemble-suite.ts';
import { mergeRuns } from './merge-runs.ts';
import { type LabelledSuite, mergeSuites } from './merge-suites.ts';

const day = Date.UTC(2026, 0, 1);
const runMs = 40_000;

/** A suite of runs of 30 s, one after another. */
function made(generator: number, names: readonly string[], afterMs = 0): LabelledSuite {
  const runs = names.map((name, index) =>
    buildRunResult({
      seed: 10 * generator + index,
      change: { name, timestamp: new Date(day + afterMs + index * runMs).toISOString() },
    }),
  );
  const label = `gen-${generator}.json`;
  return { label, result: assembleSuite(runs, new Date(day + afterMs)) };
}

test('suites are merged scenario by scenario, each without loss', () => {
  const suites = [made(2, ['light', 'heavy'], 500), made(1, ['light', 'heavy'])];
  const merged = mergeSuites(suites);
  assert.equal(merged.timestamp, new Date(day).toISOString());
  assert.equal(merged.scenarios.length, 2);
  for (const [index, scenario] of merged.scenarios.entries()) {
    const runs = suites.map(({ label, result }) => ({ label, result: result.scenarios[index]! }));
    assert.deepEqual(scenario, mergeRuns(runs));
    const operations = runs.reduce((sum, { result }) => sum + result.operations.total, 0);
    assert.equal(scenario.operations.total, operations);
  }
  assert.deepEqual(
    merged.scenarios.map(({ name }) => name),
    ['light', 'heavy'],
  );
});

test("a merged suite's verdict is the worst of its scenarios'", () => {
  const suites = [made(1, ['light', 'heavy']), made(2, ['light', 'heavy'])];
  const heavy = suites[0]!.result.scenarios[1]!;
  const errors_by_type = { ...heavy.errors_by_type, integrity: 1 };
  const scenarios = [suites[0]!.result.scenarios[0]!, { ...heavy, errors_by_type }];
  const result = { ...suites[0]!.result, scenarios };
  const { verdict } = mergeSuites([{ label: 'gen-1.json', result }, suites[1]!]);
  assert.equal(verdict.verdict, 'FAIL');
  assert.match(verdict.reasons.join('\n'), /^heavy: FAIL: /m);
});

const refused: readonly (readonly [string, readonly LabelledSuite[], RegExp])[] = [
  ['one alone', [made(1, ['light'])], /at least two/],
  [
    'one that was cut short',
    [
      made(1, ['light']),
      {
        label: 'gen-2.json',
        result: assembleSuite(made(2, ['light']).result.scenarios, new Date(day), {
          reason: 'heavy: the target was lost',
          interrupted: false,
        }),
      },
    ],
    /^gen-2\.json is not a whole suite: heavy: the target was lost; run it again/,
  ],
  [
    'other scenarios',
    [made(1, ['light', 'heavy']), made(2, ['light'])],
    /gen-1\.json has light, heavy; gen-2\.json has light\. Run each scenario by itself/,
  ],
  [
    'a scenario that ran at another time',
    [made(1, ['light', 'heavy']), made(2, ['light', 'heavy'], 31_000)],
    /^light: the runs do not overlap: .*\nheavy: the runs do not overlap: /,
  ],
];

for (const [name, suites, says] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => mergeSuites(suites),
      (error) => {
        assert.ok(error instanceof LoadTestError);
        assert.equal(error.code, 'not_mergeable');
        assert.match(error.message, says);
        return true;
      },
    );
  });
}
