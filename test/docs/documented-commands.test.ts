import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatResult } from '../../src/loadtest/internal.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/**
 * Runs the commands of the pages verbatim, each in its own directory. Those
 * that need what a test cannot have (a host of the reader's, minutes) are listed with the reason.
 */
const pages = [
  'README.md',
  'docs/loadtest.md',
  'docs/result-file.md',
  'docs/plot.md',
  'docs/capacity.md',
  'docs/trace.md',
  'docs/dashboard.md',
];

/** What the commands of a page find in their directory. */
const files: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/loadtest.md': {
    'gen-1.json': formatResult(buildRunResult({ seed: 1 })),
    'gen-2.json': formatResult(buildRunResult({ seed: 2 })),
  },
  'docs/trace.md': { 'team.trace': shortTrace() },
};

const notRun: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^npm ci/, 'the tests run in a checkout where this was done'],
  [/cache\.example/, "a host of the reader's"],
  [/^bazel /, 'test/clients runs Bazel'],
  [/--duration 60|--duration 30\b/, 'a minute each; the flags are run with less elsewhere'],
  [/--scenarios --output/, 'eight minutes; run scaled elsewhere'],
  [/^memobuild serve/, 'does not end; test/e2e/serve-*.test.ts run it'],
];

const root = new URL('../../', import.meta.url).pathname;

for (const page of pages) {
  test(`the commands of ${page} do what they say`, async (t) => {
    const dir = await tempDir(t);
    const program = join(dir, 'memobuild');
    writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${root}bin/memobuild.js "$@"\n`);
    chmodSync(program, 0o755);
    for (const [name, text] of Object.entries(files[page] ?? {})) {
      writeFileSync(join(dir, name), text);
    }
    const commands = commandsOf(readFileSync(join(root, page), 'utf8'));
    let run = 0;
    for (const command of commands) {
      if (notRun.some(([pattern]) => pattern.test(command))) continue;
      run += 1;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
        cwd: dir,
        env: { ...process.env, PATH: `${dir}:${process.env.PATH}`, CI: 'true' },
        encoding: 'utf8',
        timeout: 120_000,
      });
      // FAIL and VOID say something of the machine the tests run on, not of the command.
      const taken = command.includes('loadtest') ? [0, 1, 4] : [0];
      assert.ok(taken.includes(status ?? -1), `${command}\nexit ${status}\n${stdout}\n${stderr}`);
      if (command.includes('loadtest'))
        assert.match(stdout, /^(PASS|INVESTIGATE|FAIL|VOID) /m, command);
    }
    assert.ok(run > 0, `${page} shows no command that is run`);
  });
}

/** The lines of the page's shell blocks, comments cut off. */
function commandsOf(page: string): string[] {
  return [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

/** Half a second of a trace: keys that are missed, stored and read, one after another. */
function shortTrace(): string {
  const lines = ['{"trace":"memobuild","version":1,"startedAtMs":0,"software":"0.2.0"}'];
  const tail = '"us":90,"proto":"bazel","w":1}';
  for (let n = 0; n < 150; n += 1) {
    const op = ['read', 'write', 'read'][n % 3]!;
    const answer = ['"miss"', '"stored","size":900', '"hit","size":900'][n % 3]!;
    const key = `key-${Math.floor(n / 3)}`;
    lines.push(
      `{"t":${n * 3333},"op":"${op}","space":"ac","ns":"nnnn","key":"${key}","answer":${answer},${tail}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
