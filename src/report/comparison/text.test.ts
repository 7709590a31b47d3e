import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import {
  type ComparisonOptions,
  type ComparisonReport,
  compareFiles,
  type LoadedResult,
} from '../../loadtest/internal.ts';
import { buildRunResult, type RunPlan } from '../../testing/build-run-result.ts';
import {
  createStyle,
  renderComparison,
  renderComparisonJson,
  renderComparisonMarkdown,
} from '../index.ts';

function files(side: string, count: number, plan: Partial<RunPlan>): LoadedResult[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `${side}-${index + 1}.json`,
    read: { kind: 'run', result: buildRunResult({ seed: 10 * side.length + index, ...plan }) },
  }));
}

function report(
  runs: number,
  next: Partial<RunPlan>,
  options: ComparisonOptions = {},
): ComparisonReport {
  return compareFiles(files('base', runs, {}), files('new', runs, next), options);
}

const plain = createStyle({ color: false, width: 100 });
const goldens: readonly [string, () => string][] = [
  ['comparison-regression.golden.txt', () => renderComparison(report(6, { slowness: 1.5 }), plain)],
  ['comparison-single.golden.txt', () => renderComparison(report(1, {}), plain)],
  [
    'comparison-short.golden.txt',
    () => renderComparison(report(1, { windows: 9 }, { force: true }), plain),
  ],
  [
    'comparison-refused.golden.txt',
    () => renderComparison(report(1, { config: { numClients: 50 } }), plain),
  ],
  ['comparison.golden.md', () => renderComparisonMarkdown(report(3, { slowness: 1.5 }))],
];
for (const [name, render] of goldens) {
  test(`${name} is what is printed`, async () => {
    const path = join(import.meta.dirname, 'golden', name);
    const text = `${render()}\n`;
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(path, text);
    assert.equal(text, await readFile(path, 'utf8'));
  });
}

test('JSON holds the answer, every row with its interval, and no infinity', () => {
  const json = renderComparisonJson(report(6, { slowness: 1.5 }));
  const value = JSON.parse(json) as {
    answer: string;
    comparisons: { method: string; rows: Record<string, unknown>[] }[];
  };
  assert.equal(value.answer, 'regression');
  assert.equal(value.comparisons[0]?.method, 'mann-whitney');
  const rows = value.comparisons[0]!.rows;
  assert.deepEqual(
    rows.map(({ metric }) => metric),
    [
      'throughput',
      'avg_latency',
      'p50_latency',
      'p90_latency',
      'p95_latency',
      'p99_latency',
      'success_rate',
      'hit_rate',
      'server_memory',
      'server_cpu',
    ],
  );
  for (const row of rows) {
    const [low, high] = row.interval as [number, number];
    assert.ok(low <= (row.change as number) && (row.change as number) <= high, `${row.metric}`);
  }
});

test('Markdown: a file name cannot end a cell or make markup', () => {
  const [base] = files('base', 1, {});
  const next = { ...files('new', 1, {})[0]!, path: 'a|b*c*<img>.json' };
  const text = renderComparisonMarkdown(compareFiles([base!], [next]));
  assert.ok(text.includes('a\\|b\\*c\\*\\<img\\>.json'));
});

test('suites are compared scenario by scenario, and one that is missing is named', () => {
  const suite = (path: string, seed: number, names: readonly string[]): LoadedResult => ({
    path,
    read: {
      kind: 'suite',
      result: {
        schema_version: 2,
        timestamp: '2026-02-21T10:00:00Z',
        verdict: { verdict: 'PASS', reasons: [] },
        scenarios: names.map((name, index) =>
          buildRunResult({ seed: seed + index, config: { name } }),
        ),
      },
    },
  });
  const whole = compareFiles(
    [suite('a.json', 1, ['light', 'heavy'])],
    [suite('b.json', 5, ['light', 'heavy'])],
  );
  assert.deepEqual(
    whole.comparisons.map(({ name, answer }) => [name, answer]),
    [
      ['light', 'inconclusive'],
      ['heavy', 'inconclusive'],
    ],
  );
  const part = compareFiles(
    [suite('a.json', 1, ['light', 'heavy'])],
    [suite('b.json', 5, ['light'])],
  );
  assert.equal(part.answer, 'not comparable');
  assert.match(renderComparison(part, plain), /heavy: new has no such run/);
});
