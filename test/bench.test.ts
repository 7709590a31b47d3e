import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compareReports, missingFrom } from '../bench/framework/compare-reports.ts';
import { describeMachine } from '../bench/framework/machine.ts';
import { ProcessTree } from '../bench/framework/process-tree.ts';
import {
  type BenchReport,
  formatReport,
  keepMedians,
  mergeReports,
} from '../bench/framework/report.ts';
import { withTables } from '../bench/framework/results-page.ts';
import type { Row, Sample } from '../bench/framework/row.ts';
import { runCommand } from '../bench/framework/run-command.ts';
import { runRow } from '../bench/framework/run-row.ts';
import { median, type RowResult, summarize } from '../bench/framework/summary.ts';
import { renderRow } from '../bench/framework/table.ts';
import { rows } from '../bench/rows/index.ts';
import { tempDir } from '../src/testing/temp-dir.ts';

const row: Row = {
  name: 'probe',
  title: 'a row for the test',
  target: 1,
  tools: [],
  columns: ['opsPerSec', 'p99Ms'],
  contenders: [],
  comparisons: [
    { ours: 'we', metric: 'opsPerSec', against: 'they', must: 1.5, aim: 3 },
    { ours: 'we', metric: 'p99Ms', against: 'they', must: 2 },
    { ours: 'we', metric: 'opsPerSec', must: 1000 },
    { ours: 'we', metric: 'memoryMb', must: 100 },
  ],
};

function measured(ours: readonly Sample[], theirs: readonly Sample[]): RowResult {
  return summarize(row, [
    { name: 'we', samples: ours },
    { name: 'they', samples: theirs },
  ]);
}

test('the median is the middle, and of an even number the middle of the two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 9, 2]), 3);
});

test('a ratio is taken round by round, so a machine that slows down does not shift it', () => {
  // The machine halves its speed twice; ours is always twice theirs.
  const result = measured(
    [400, 200, 100].map((opsPerSec) => ({ opsPerSec })),
    [200, 100, 50].map((opsPerSec) => ({ opsPerSec })),
  );
  assert.deepEqual(result.comparisons[0]!.byRound, [2, 2, 2]);
  assert.equal(result.comparisons[0]!.value, 2);
});

test('a bound is a floor for what should be high, a ceiling for what should be low', () => {
  const result = measured([{ opsPerSec: 900, p99Ms: 30 }], [{ opsPerSec: 500, p99Ms: 10 }]);
  const [ratio, latency, amount, unmeasured] = result.comparisons;
  assert.deepEqual([ratio!.met, ratio!.aimMet], [true, false]);
  assert.deepEqual([latency!.value, latency!.met], [3, false]);
  assert.deepEqual([amount!.value, amount!.met], [900, false]);
  assert.deepEqual([unmeasured!.value, unmeasured!.met], [null, null]);
  const text = renderRow(result);
  assert.match(text, /\| we +\| +ops\/s \| +they \| +1\.80 × \| +≥ 1\.5 × \| +≥ 3 × \| +met \|/);
  assert.match(text, /\*\*not met\*\*/);
  assert.match(text, /not measured/);
});

test('each contender has its turn in each round, none always first; all is undone, also on failure', async () => {
  const turns: string[] = [];
  const undone: string[] = [];
  const contender = (name: string): Row['contenders'][number] => ({
    name,
    role: 'peer',
    prepare: async (context) => {
      context.after(() => void undone.push(name));
      return {
        measure: async () => {
          turns.push(name);
          return { opsPerSec: turns.length };
        },
      };
    },
  });
  const contenders = ['a', 'b', 'c'].map(contender);
  const options = { rounds: 3, seconds: 1, say: () => {} };
  const result = await runRow({ ...row, contenders }, options);
  assert.equal(turns.join(''), 'abc' + 'abc' + 'bca' + 'cab');
  assert.deepEqual(undone, ['c', 'b', 'a']);
  // The warm-up is thrown away.
  assert.deepEqual(
    result.contenders[0]!.samples.map(({ opsPerSec }) => opsPerSec),
    [4, 9, 11],
  );
  const failing = { ...contender('d'), prepare: () => Promise.reject(new Error('no')) };
  undone.length = 0;
  await assert.rejects(runRow({ ...row, contenders: [...contenders, failing] }, options), /no/);
  assert.deepEqual(undone, ['c', 'b', 'a']);
});

describe('the comparison with the baseline', () => {
  const reportOf = (ours: readonly number[], theirs: number): BenchReport => ({
    rows: [
      keepMedians(
        measured(
          ours.map((opsPerSec) => ({ opsPerSec, p99Ms: 1000 / opsPerSec })),
          ours.map(() => ({ opsPerSec: theirs, p99Ms: 1000 / theirs })),
        ),
        { machine: describeMachine([]), rounds: ours.length, seconds: 1 },
      ),
    ],
  });
  const verdicts = (baseline: BenchReport, report: BenchReport): string[] =>
    compareReports(baseline, report, { tolerance: 0.1 }).map(({ verdict }) => verdict);
  const baseline = reportOf([190, 200, 210], 100);

  test('a slower machine is not a slower commit', () => {
    assert.deepEqual(verdicts(baseline, reportOf([95, 100, 105], 50)), ['same', 'same']);
  });
  test('a slower commit is seen, in both directions a metric can have', () => {
    assert.deepEqual(verdicts(baseline, reportOf([150, 160, 170], 100)), ['worse', 'worse']);
  });
  test('a faster commit is not a failure', () => {
    assert.deepEqual(verdicts(baseline, reportOf([250, 260, 270], 100)), ['better', 'better']);
  });
  test("the baseline's own variation is not a change", () => {
    const wandering = reportOf([140, 200, 260], 100);
    assert.deepEqual(verdicts(wandering, reportOf([150, 160, 170], 100)), ['same', 'same']);
  });
  test('a row that is no longer measured is missed', () => {
    assert.deepEqual(missingFrom(baseline, baseline), []);
    assert.equal(missingFrom(baseline, { rows: [] }).length, 2);
  });
  test('a report is a line for each row, from which the same verdicts come', () => {
    const report = { rows: [...baseline.rows, ...reportOf([140, 200, 260], 100).rows] };
    const text = formatReport(report);
    assert.equal(text.split('\n').length, report.rows.length + 3);
    assert.deepEqual(JSON.parse(text), report);
  });
  test('rows measured again replace their like, the others stay', () => {
    const [probe] = baseline.rows;
    const other = { ...probe!, name: 'other' };
    const again = { ...probe!, rounds: 9 };
    const merged = mergeReports(
      { rows: [probe!, other] },
      { rows: [again, { ...other, name: 'new' }] },
    );
    assert.deepEqual(
      merged.rows.map(({ name, rounds }) => `${name} ${rounds}`),
      ['probe 9', 'other 3', 'new 3'],
    );
  });
});

describe('the committed baseline', () => {
  const results = join(import.meta.dirname, '..', 'bench', 'results');
  const committed = readFileSync(join(results, 'baseline.json'), 'utf8');
  const baseline: BenchReport = JSON.parse(committed);

  test('is a line for each row, and the page beside it shows the same figures', () => {
    assert.ok(baseline.rows.length > 10);
    assert.equal(formatReport(baseline), committed);
    const page = readFileSync(join(results, 'README.md'), 'utf8');
    assert.equal(withTables(page, baseline), page);
  });

  test('is what bench:check compares with: itself is not worse, half the speed is, a lost row too', async (t) => {
    const dir = await tempDir(t);
    const check = (name: string, report: BenchReport) => {
      const path = join(dir, `${name}.json`);
      writeFileSync(path, formatReport(report));
      const program = join(import.meta.dirname, '..', 'bench', 'check.ts');
      const args = ['--import', 'tsx', program, '--from', path];
      const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      return { status, stdout };
    };
    const same = check('same', baseline);
    assert.equal(same.status, 0, same.stdout);
    assert.match(same.stdout, /^0 of \d\d ratios worse/m);
    const [first, ...others] = baseline.rows;
    const halved = first!.comparisons.map((one) => ({ ...one, value: one.value! / 2 }));
    const slower = check('slower', { rows: [{ ...first!, comparisons: halved }, ...others] });
    assert.equal(slower.status, 1, slower.stdout);
    assert.match(slower.stdout, /^WORSE {2}small-hits-50: memobuild beside nginx/m);
    const lost = check('lost', { rows: others });
    assert.equal(lost.status, 1, lost.stdout);
    assert.match(lost.stdout, /^MISSING small-hits-50: /m);
  });
});

test('CPU of a process tree and of an ended command is in microseconds, children included', async () => {
  // A child of a child burns 300 ms of its own CPU time: no clock on the wall is asked.
  const burn = 'while (process.cpuUsage().user < 300_000);';
  const nested = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}])`;
  const { cpuUs } = await runCommand(process.execPath, ['-e', nested], { deadlineMs: 30_000 });
  assert.ok(cpuUs >= 280_000 && cpuUs < 3_000_000, `${cpuUs} µs`);
  const before = new ProcessTree(process.pid).cpuUs();
  spawnSync(process.execPath, ['-e', burn]);
  const used = new ProcessTree(process.pid).cpuUs() - before;
  assert.ok(used >= 280_000 && used < 3_000_000, `${used} µs`);
  assert.ok(new ProcessTree(process.pid).memoryMb() > 10);
});

test('the rows that exist are named apart, and compare who takes part', () => {
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  for (const { name, contenders, comparisons, columns } of rows) {
    const names = contenders.map((contender) => contender.name);
    for (const { ours, against, metric } of comparisons) {
      assert.ok(names.includes(ours), `${name}: ${ours}`);
      assert.ok(against === undefined || names.includes(against), `${name}: ${against}`);
      assert.ok(columns.includes(metric), `${name}: ${metric} has no column`);
    }
  }
});
