import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { type RunResult, type SuiteResult, writeResultFile } from '../../src/loadtest/internal.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { readJUnit } from '../../src/testing/read-junit.ts';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

const small = ['--clients', '2', '--requests', '20', '--size', '1KiB', '--working-set', '50'];

function run(cwd: string, ...args: string[]): Promise<FinishedRun> {
  return runMemobuild(args, { deadlineMs: 90_000, cwd });
}

test('loadtest writes its verdict as JUnit and as Markdown, beside the result', async (t) => {
  const dir = await tempDir(t);
  const files = ['--output', 'r.json', '--junit', 'r.xml', '--markdown', 'r.md'];
  const finished = await run(dir, 'loadtest', ...small, ...files);
  assert.ok([0, 4].includes(finished.exitCode!), finished.stderr);
  assert.match(finished.stdout, /Written to r\.json, r\.xml, r\.md/);
  assert.deepEqual((await readdir(dir)).sort(), ['r.json', 'r.md', 'r.xml']);
  const result = JSON.parse(await readFile(join(dir, 'r.json'), 'utf8')) as RunResult;
  const [suite] = readJUnit(await readFile(join(dir, 'r.xml'), 'utf8'));
  assert.equal(suite?.cases.length, result.verdict.rows.length + 1);
  const markdown = await readFile(join(dir, 'r.md'), 'utf8');
  assert.match(markdown, new RegExp(`^### \\S+ ${result.verdict.verdict} `));
  assert.ok(markdown.split('\n').filter((line) => line.startsWith('|')).length > 4, markdown);
});

test('a missed criterion is a failed case, and exit code 1', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'c.yaml'), 'p50_ms: { pass: 0.000001, fail: 0.000002 }\n');
  const files = ['--criteria', 'c.yaml', '--junit', 'r.xml', '--markdown', 'r.md', '--quiet'];
  const finished = await run(dir, 'loadtest', ...small, ...files);
  assert.equal(finished.exitCode, 1, finished.stderr);
  const [suite] = readJUnit(await readFile(join(dir, 'r.xml'), 'utf8'));
  const p50 = suite?.cases.find(({ name }) => name.startsWith('P50'));
  assert.equal(p50?.status, 'failed');
  assert.match(await readFile(join(dir, 'r.md'), 'utf8'), /\| P50 latency \|.*FAIL/);
});

test('a suite has a JUnit suite for each scenario', async (t) => {
  const dir = await tempDir(t);
  const files = ['--output', 'r.json', '--junit', 'r.xml', '--markdown', 'r.md', '--quiet'];
  const tiny = ['--scale', '0.01', '--size', '1KiB', '--working-set', '50'];
  await run(dir, 'loadtest', '--scenarios', ...tiny, ...files);
  const result = JSON.parse(await readFile(join(dir, 'r.json'), 'utf8')) as SuiteResult;
  const suites = readJUnit(await readFile(join(dir, 'r.xml'), 'utf8'));
  assert.deepEqual(
    suites.map(({ name }) => name).slice(0, result.scenarios.length),
    result.scenarios.map(({ name }) => name),
  );
  const markdown = await readFile(join(dir, 'r.md'), 'utf8');
  for (const { name } of result.scenarios) assert.ok(markdown.includes(`| ${name} |`), markdown);
});

test('compare writes both beside what it prints', async (t) => {
  const dir = await tempDir(t);
  await writeResultFile(join(dir, 'base.json'), buildRunResult({ seed: 1 }));
  await writeResultFile(join(dir, 'slow.json'), buildRunResult({ seed: 2, slowness: 2.5 }));
  const files = ['--junit', 'c.xml', '--markdown', 'c.md'];
  const finished = await run(dir, 'compare', 'base.json', 'slow.json', ...files);
  assert.equal(finished.exitCode, 1, finished.stderr);
  assert.match(finished.stdout, /^REGRESSION\n/);
  const [suite] = readJUnit(await readFile(join(dir, 'c.xml'), 'utf8'));
  assert.equal(suite?.cases[0]?.status, 'failed');
  assert.match(await readFile(join(dir, 'c.md'), 'utf8'), /^### REGRESSION\n[\s\S]*\n$/);
});

test('a report that cannot be written is found before the run, and nothing is left', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'file'), '');
  const sides = ['compare', '--interleave', 'http://127.0.0.1:1', 'http://127.0.0.1:1'];
  const cases: readonly [string[], number, RegExp][] = [
    [['loadtest', '--junit', 'no/r.xml'], 3, /cannot write no\/r\.xml: its directory does not/],
    [['loadtest', '--markdown', 'file/r.md'], 3, /cannot write file\/r\.md: a part of its path/],
    [['loadtest', '--junit', '.'], 3, /cannot write \.: it is a directory/],
    [['loadtest', '--junit', 'a', '--output', 'a'], 2, /--output and --junit name the same file/],
    [['loadtest', '--scenarios', '--junit', 'no/r.xml'], 3, /cannot write no\/r\.xml/],
    [[...sides, '--junit', 'no/r.xml'], 3, /cannot write no\/r\.xml/],
    [['compare', 'a', 'b', '--markdown', '/proc/r.md'], 3, /cannot write \/proc\/r\.md/],
    [['compare', '--history', 'h', '--junit', 'r.xml'], 2, /--junit can't be given with --history/],
  ];
  for (const [args, exitCode, message] of cases) {
    const finished = await run(dir, ...args);
    assert.equal(finished.exitCode, exitCode, `${args.join(' ')}: ${finished.stderr}`);
    assert.match(finished.stderr, message);
    assert.doesNotMatch(finished.stderr, /starting|internal error/);
  }
  assert.deepEqual(await readdir(dir), ['file']);
});
