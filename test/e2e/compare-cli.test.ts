import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { writeResultFile } from '../../src/loadtest/internal.ts';
import { buildRunResult, type RunPlan } from '../../src/testing/build-run-result.ts';
import type { FinishedRun } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { compare } from './run-compare.ts';

async function writeRuns(dir: string, names: Record<string, RunPlan>): Promise<void> {
  for (const [name, plan] of Object.entries(names)) {
    await writeResultFile(join(dir, name), buildRunResult(plan));
  }
}

describe('files', () => {
  test('a regression is 1; an inconclusive comparison and runs that are not alike are 3; a history decides more', async (t) => {
    const dir = await tempDir(t);
    await writeRuns(dir, {
      'base.json': { seed: 1 },
      'same.json': { seed: 2 },
      'slow.json': { seed: 3, slowness: 2.5 },
      'other.json': { seed: 4, config: { numClients: 50 } },
    });
    const same = await compare(['base.json', 'same.json'], dir);
    assert.equal(same.exitCode, 5, same.stdout);
    assert.match(same.stdout, /^INCONCLUSIVE\n[\s\S]*run-to-run variation[\s\S]*\nINCONCLUSIVE\n$/);
    await mkdir(join(dir, 'kept'));
    const days = Array.from({ length: 12 }, (_, day): [string, RunPlan] => [
      `kept/${day}.json`,
      { seed: 100 + day },
    ]);
    await writeRuns(dir, Object.fromEntries(days));
    await writeFile(join(dir, 'kept', 'broken.json'), '{');
    const known = ['--base', 'base.json', '--new', 'same.json', '--history', 'kept'];
    const judged = await compare([...known, '--threshold', '20'], dir);
    assert.equal(judged.exitCode, 0, judged.stdout);
    assert.match(judged.stdout, /^NO REGRESSION\n[\s\S]*12 runs of the history/);
    assert.match(judged.stderr, /left out: .*broken\.json/);
    const slow = await compare(['base.json', 'slow.json'], dir);
    assert.equal(slow.exitCode, 1);
    assert.match(slow.stdout, /P95 latency .* worse/);
    const other = await compare(['base.json', 'other.json'], dir);
    assert.equal(other.exitCode, 3);
    assert.match(other.stdout, /clients: base has 20, other\.json has 50/);
    const forced = await compare(['base.json', 'other.json', '--force'], dir);
    assert.equal(forced.exitCode, 5);
    assert.match(forced.stdout, /FORCED/);
    // A threshold so wide that nothing passes it.
    const wide = await compare(['base.json', 'slow.json', '--threshold', '400%'], dir);
    assert.equal(wide.exitCode, 0, wide.stdout);
  });

  test('several files per side, as JSON and as Markdown', async (t) => {
    const dir = await tempDir(t);
    const names = Array.from({ length: 6 }, (_, index) => index);
    await writeRuns(dir, Object.fromEntries(names.map((n) => [`b${n}.json`, { seed: n }])));
    await writeRuns(
      dir,
      Object.fromEntries(names.map((n) => [`n${n}.json`, { seed: 50 + n, slowness: 1.5 }])),
    );
    const base = names.map((n) => `b${n}.json`);
    const next = names.map((n) => `n${n}.json`);
    const sides = ['--base', ...base, '--new', ...next];
    const json = await compare([...sides, '--format', 'json'], dir);
    assert.equal(json.exitCode, 1);
    const report = JSON.parse(json.stdout) as { answer: string; comparisons: { method: string }[] };
    assert.equal(report.answer, 'regression');
    assert.equal(report.comparisons[0]?.method, 'mann-whitney');
    const markdown = await compare([...sides, '--format', 'markdown'], dir);
    assert.match(markdown.stdout, /^### REGRESSION\n[\s\S]*\| throughput \|.*worse/);
  });

  test('one run that read wrong bytes is a regression', async (t) => {
    const dir = await tempDir(t);
    await writeRuns(dir, { 'base.json': { seed: 1 } });
    const wrong = buildRunResult({ seed: 2 });
    await writeResultFile(join(dir, 'new.json'), {
      ...wrong,
      errors_by_type: { ...wrong.errors_by_type, integrity: 1 },
    });
    const finished = await compare(['base.json', 'new.json'], dir);
    assert.equal(finished.exitCode, 1);
    assert.match(finished.stdout, /new\.json: 1 operations read wrong bytes/);
  });
});

describe('a history', () => {
  test('grows by the given runs, tests from 20 on, and alarms once', async (t) => {
    const dir = await tempDir(t);
    const plans = Array.from({ length: 26 }, (_, day): [string, RunPlan] => [
      `${String(day).padStart(2, '0')}.json`,
      {
        seed: 300 + day,
        windows: 5,
        slowness: day >= 22 ? 1.6 : 1,
        change: { timestamp: new Date(Date.UTC(2026, 0, day + 1)).toISOString() },
      },
    ]);
    await writeRuns(dir, Object.fromEntries(plans));
    const names = plans.map(([name]) => name);
    const add = (...files: readonly string[]): Promise<FinishedRun> =>
      compare(['--history', 'kept', ...files], dir);
    assert.match((await add(...names.slice(0, 3))).stdout, /17 more are needed/);
    assert.equal((await add()).exitCode, 5);
    const steady = await add(...names.slice(3, 22));
    assert.equal(steady.exitCode, 0, steady.stdout);
    assert.match((await add(names[0]!)).stderr, /is already in kept/);
    // Broken files must not take the alarm away, nor a run whose time is none put the others out of order.
    const [, steadyPlan] = plans[10]!;
    const timeless = { ...steadyPlan, change: { timestamp: 'yesterday' } };
    await writeRuns(join(dir, 'kept'), { '2026-02-timeless.json': timeless });
    await mkdir(join(dir, 'kept', 'folder.json'));
    await symlink('nowhere', join(dir, 'kept', 'dangling.json'));
    for (const [name, text] of [
      ['cut', '{"a":'],
      ['empty', ''],
      ['foreign', '[{"name":"x"}]'],
    ] as const) {
      await writeFile(join(dir, 'kept', `${name}.json`), text);
    }
    const codes: (number | null)[] = [];
    for (const name of names.slice(22)) {
      const { exitCode, stderr } = await add(name);
      codes.push(exitCode);
      assert.equal(stderr.match(/left out: /g)?.length, 6, stderr);
    }
    assert.equal(codes.filter((code) => code === 1).length, 1, codes.join());
    assert.match((await add()).stdout, /throughput +2026-01-2\d .* worse/);
    assert.equal((await readdir(join(dir, 'kept'))).length, 26 + 6);
  });
});
