import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { GateResult } from '../../src/loadtest/internal.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

const scenario = 'numClients: 3\ndurationSecs: 20\nrequestsPerClient: 20\nsizes: 1KiB\n';

test('measures each row, keeps its evidence, and ends with 1 where one is not met', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'small.yaml'), scenario);
  const rows = (opsPerSec: number): string =>
    `title: T\nrows:\n  - {title: fast, scenario: small.yaml, metric: throughput_ops_per_sec, above: ${opsPerSec}}\n  - {title: sound, scenario: small.yaml, metric: failed_operations, at_most: 0}\n`;
  for (const [opsPerSec, status, code] of [
    [1, 'PASS', 0],
    [1e9, 'FAIL', 1],
  ] as const) {
    const file = join(dir, 'list.yaml');
    await writeFile(file, rows(opsPerSec));
    const output = join(dir, status);
    const run = await runMemobuild(['gate', '--file', file, '--quick', '--output', output], {
      deadlineMs: 60_000,
    });
    assert.equal(run.exitCode, code, `${run.stdout}\n${run.stderr}`);
    const gate = JSON.parse(await readFile(join(output, 'gate.json'), 'utf8')) as GateResult;
    assert.deepEqual(
      gate.rows.map((row) => [row.title, row.status, row.evidence]),
      [
        ['fast', status, ['small.json']],
        ['sound', 'PASS', ['small.json']],
      ],
    );
    assert.equal(gate.release_decision, false);
    assert.match(run.stdout, /NOT A RELEASE DECISION/);
    const result = JSON.parse(await readFile(join(output, 'small.json'), 'utf8')) as object;
    assert.ok('operations' in result);
    assert.match(await readFile(join(output, 'gate.xml'), 'utf8'), /<testcase /);
    assert.match(await readFile(join(output, 'gate.md'), 'utf8'), /\| fast \|/);
  }
});

const misuse: readonly (readonly [name: string, args: string[], code: number, says: RegExp])[] = [
  ['neither checklist', ['gate'], 2, /either --release or --file/],
  ['an unknown release', ['gate', '--release', 'v9'], 2, /v0\.2\.0, v1\.0\.0; got v9/],
  ['a checklist that is not there', ['gate', '--file', 'no.yaml'], 2, /no\.yaml/],
];
for (const [name, args, code, says] of misuse) {
  test(`says what is wrong: ${name}`, async () => {
    const run = await runMemobuild(args, { deadlineMs: 60_000 });
    assert.equal(run.exitCode, code, run.stderr);
    assert.match(run.stderr, says);
  });
}

test('a row cannot be ticked by hand', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'list.yaml');
  await writeFile(file, 'rows:\n  - {title: trust me, status: PASS}\n');
  const run = await runMemobuild(['gate', '--file', file], { deadlineMs: 60_000 });
  assert.equal(run.exitCode, 2, run.stderr);
  assert.match(run.stderr, /status/);
});
