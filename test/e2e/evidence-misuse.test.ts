import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { formatResult } from '../../src/loadtest/internal.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/**
 * What plot, compare, gate and history say of files and places that are not what they take: the exit
 * code of docs/exit-codes.md, the file's name, what is wrong with it, and nothing half-written.
 */
const good = formatResult(buildRunResult({ seed: 1, windows: 3 }));

const inputs: Readonly<Record<string, string>> = {
  'good.json': good,
  'text.json': 'hello',
  'nothing.json': '',
  'cut.json': good.slice(0, good.length / 2),
  'foreign.json': '{"a": 1}',
  'list.json': '[1, 2]',
  'older.json': good.replace('"schema_version": 2', '"schema_version": 0'),
  'newer.json': good.replace('"schema_version": 2', '"schema_version": 99'),
  'edited.json': good.replace('"duration_ms": ', '"duration_ms": "x", "was": '),
  'empty.json': formatResult({
    ...buildRunResult({ seed: 2, windows: 2 }),
    windows: [],
    time_series: [],
    operations: { total: 0, successful: 0, failed: 0 },
    latency: { ...buildRunResult({ seed: 2, windows: 2 }).latency, histogram: null, by_series: {} },
  }),
  'suite.json': JSON.stringify({
    schema_version: 2,
    timestamp: '2026-02-21T10:00:00.000Z',
    scenarios: [],
    verdict: { verdict: 'INTERRUPTED', reasons: [] },
  }),
  file: 'a file instead of a directory',
  'rows.yaml': 'rows:\n  - {title: t, scenario: light, metric: no_such, above: 1}\n',
  'cut.yaml': 'rows:\n  - {title: t, scenario: li',
  'none.yaml': 'title: T\nrows: []\n',
};

/** A result that cannot be read, and what is said of it. */
const unreadable: readonly (readonly [file: string, says: RegExp])[] = [
  ['no.json', /cannot read no\.json: no such file/],
  ['folder', /cannot read folder: it is a directory/],
  ['file/r.json', /cannot read file\/r\.json: /],
  ['text.json', /text\.json is not JSON: /],
  ['nothing.json', /nothing\.json is empty/],
  ['cut.json', /cut\.json is truncated/],
  ['foreign.json', /foreign\.json is not a loadtest result/],
  ['list.json', /list\.json is not a loadtest result/],
  ['older.json', /older\.json has schema_version 0, this memobuild reads 1 and 2/],
  ['newer.json', /newer\.json has schema_version 99, this memobuild reads 1 and 2/],
  ['edited.json', /edited\.json is damaged or was edited: .*duration_ms/],
  ['suite.json', /suite\.json(: nothing to draw| holds no run)/],
  ['empty.json', /empty\.json(: nothing to draw|( was not added)?: the run holds no op)/],
];

/** Where nothing can be written, not even by root. */
const unwritable = [
  'file',
  'file/sub',
  ...(process.platform === 'linux' ? ['/proc/memobuild'] : []),
];

/** Two loads that would take minutes: whoever starts them is found out by the deadline. */
const sides = ['--interleave', 'http://127.0.0.1:1', 'http://127.0.0.1:1'];

type Case = readonly [args: readonly string[], code: number, says: RegExp];

const cases: Readonly<Record<string, readonly Case[]>> = {
  plot: [
    ...unreadable.map(([file, says]): Case => [[file, '--output', 'out'], 3, says]),
    [['good.json', 'cut.json', '--output', 'out.html'], 3, /cut\.json is truncated/],
    ...unwritable.flatMap((place): Case[] => [
      [['good.json', '--output', place], 3, saysOf(place)],
      [['good.json', '--output', `${place}/r.html`], 3, saysOf(place)],
    ]),
    [
      ['good.json', '--output', 'out.pdf'],
      2,
      /--output must be .*\.html, \.svg or \.png.*out\.pdf/,
    ],
    [['good.json', '--output', 'out.json'], 2, /--output must be .*got out\.json/],
    [['good.json', '--output', 'good.json'], 2, /--output must be .*got good\.json/],
    [
      ['good.json', '--output', 'o.png', '--chart', 'x'],
      2,
      /--chart must be one of throughput.*got x/,
    ],
    [['good.json', '--output', 'out', '--chart', 'throughput'], 2, /--chart needs .*got out/],
    [['good.json'], 2, /--output/],
    [['--output', 'out'], 2, /missing required argument 'RESULT\.json/],
  ],
  compare: [
    ...unreadable.map(([file, says]): Case => [['good.json', file], 3, says]),
    [['no.json', 'cut.json'], 3, /no\.json: no such file\n.*cut\.json is truncated/],
    [['text.json', 'good.json'], 3, /text\.json is not JSON/],
    [[], 2, /two result files.*got 0/],
    [['good.json'], 2, /two result files.*got 1/],
    [['good.json', '--base', 'a'], 2, /--base and --new must be given together/],
    [['a', 'b', '--threshold', 'much'], 2, /--threshold must be .*'much'/],
    [['a', 'b', '--format', 'xml'], 2, /--format must be .*'xml'/],
    [['--fast'], 2, /unknown option '--fast'/],
    [['--interleave', 'a'], 2, /--interleave needs two sides.*got 1/],
    [['--interleave', 'a', 'b'], 2, /\w cannot be compared: a side must be/],
    [['--repeat', '3'], 2, /--repeat needs --interleave/],
    [['--interleave', 'a', 'b', '--repeat', '0'], 2, /--repeat must be a whole number/],
    [['a', 'b', '--output', 'd'], 2, /--output needs/],
    ...unwritable.map((place): Case => [[...sides, '--output', place], 3, saysOf(place)]),
    ...unwritable.map(
      (place): Case => [['good.json', 'good.json', '--junit', `${place}/r`], 3, saysOf(place)],
    ),
  ],
  history: [
    ...unreadable.map(([file, says]): Case => [['--history', 'out', file], 3, says]),
    [['--history', 'out', 'good.json', 'cut.json'], 3, /cut\.json is truncated/],
    [['--history', 'out'], 3, /cannot read out/],
    [['--history', 'folder'], 3, /folder holds no result/],
    [['--history', '.'], 5, /left out: .*(is not JSON|is empty)/],
    [['--history', 'kept'], 3, /kept\/half\.json is truncated/],
    ...unwritable.map((place): Case => [['--history', place, 'good.json'], 3, saysOf(place)]),
  ],
  gate: [
    [['--file', 'no.yaml'], 2, /no\.yaml: no such file/],
    [['--file', 'folder'], 2, /folder/],
    [['--file', 'cut.yaml'], 2, /cut\.yaml is neither YAML nor JSON: /],
    [['--file', 'nothing.json'], 2, /nothing\.json/],
    [['--file', 'text.json'], 2, /text\.json/],
    [['--file', 'good.json'], 2, /good\.json/],
    [['--file', 'none.yaml'], 2, /none\.yaml: .*rows/],
    [['--file', 'rows.yaml'], 2, /rows\.yaml: .*no_such/],
    ...unwritable.map(
      (place): Case => [['--release', 'v0.2.0', '--output', place], 3, saysOf(place)],
    ),
  ],
};

for (const [command, rows] of Object.entries(cases)) {
  test(`memobuild ${command}: code, file and reason, and nothing half-written`, async (t) => {
    const dir = await tempDir(t);
    for (const [name, text] of Object.entries(inputs)) await writeFile(join(dir, name), text);
    await mkdir(join(dir, 'folder'));
    await mkdir(join(dir, 'kept'));
    await writeFile(join(dir, 'kept', 'half.json'), inputs['cut.json']!);
    const before = await treeOf(dir);
    for (const [args, code, says] of rows) {
      const asked = command === 'history' ? 'compare' : command;
      const run = await runMemobuild([asked, ...args], { deadlineMs: 20_000, cwd: dir });
      const what = `${command} ${args.join(' ')}: ${run.stderr}${run.stdout}`;
      assert.equal(run.timedOut, false, what);
      assert.equal(run.exitCode, code, what);
      assert.match(run.stderr + run.stdout, says, what);
      assert.doesNotMatch(run.stderr, /internal error|^\s+at |at \S+\.js/m, what);
      assert.deepEqual(run.leftProcesses, [], what);
      assert.deepEqual(run.leftFiles, [], what);
      assert.deepEqual(await treeOf(dir), before, what);
    }
  });
}

test('what was there before stays where a command fails', async (t) => {
  const dir = await tempDir(t);
  for (const [name, text] of Object.entries(inputs)) await writeFile(join(dir, name), text);
  await writeFile(join(dir, 'report.html'), 'old');
  const run = await runMemobuild(['plot', 'cut.json', '--output', 'report.html'], {
    deadlineMs: 20_000,
    cwd: dir,
  });
  assert.equal(run.exitCode, 3);
  assert.equal(await readFile(join(dir, 'report.html'), 'utf8'), 'old');
});

/** The message has to name the place. */
function saysOf(place: string): RegExp {
  return new RegExp(`^memobuild: cannot (write|use|create|make) ${place}\\b.*: `);
}

async function treeOf(dir: string): Promise<string[]> {
  return (await readdir(dir, { recursive: true })).sort();
}
