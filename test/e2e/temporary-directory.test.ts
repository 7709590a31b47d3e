import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { writeResultFile } from '../../src/loadtest/internal.ts';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { buildRunResult } from '../../src/testing/build-run-result.ts';
import { programPath } from '../../src/testing/program.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** What each kind of temporary directory is called, and the words that it is run by. */
const kinds = {
  missing: { says: 'it does not exist', before: [] },
  file: { says: 'it is not a directory', before: [] },
  // Root may write everywhere, except where the file system is read-only.
  readonly: {
    says: 'the file system is read-only',
    before: ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o ro tmpfs "$TMPDIR" && exec "$@"', ''],
  },
} as const satisfies Record<string, { says: string; before: readonly string[] }>;

/** Each command that makes temporary files. */
const commands = [
  ['loadtest', '--duration', '1'],
  ['loadtest', '--replay', 'empty.trace'],
  ['compare', '--interleave', '', '', '--repeat', '1', '--', '--duration', '1'],
  ['gate', '--release', 'v0.2.0', '--quick'],
] as const;

async function run(kind: keyof typeof kinds, dir: string, args: readonly string[]) {
  const [program, ...words] = [...kinds[kind].before, process.execPath, programPath, ...args];
  const child = spawn(program!, words, {
    cwd: dir,
    env: boundEnvironment({ ...process.env, NO_COLOR: '1', TMPDIR: join(dir, kind) }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await once(child, 'exit')) as [number | null];
  // A report may break the sentence over lines.
  return { code, said: (await output).join('\n').replaceAll(/\s+/g, ' ') };
}

test('a temporary directory that cannot be used is a sentence', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'file'), '');
  await mkdir(join(dir, 'readonly'));
  await writeResultFile(join(dir, 'run.json'), buildRunResult({ seed: 1, windows: 2 }));
  const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
    if (kind === 'readonly' && !canMount) {
      t.diagnostic('no read-only directory here: mounts are not allowed');
      continue;
    }
    for (const args of commands) {
      const { code, said } = await run(kind, dir, args);
      const what = `${args.join(' ')}: ${said}`;
      assert.equal(code, 3, what);
      assert.ok(
        said.includes(
          `cannot make a temporary directory in ${join(dir, kind)}: ${kinds[kind].says}; TMPDIR names another place`,
        ),
        what,
      );
      assert.doesNotMatch(said, /internal error| at \S+ \(/, what);
    }
  }
  // What needs no temporary files works without a place for them.
  const drawn = await run('missing', dir, ['plot', 'run.json', '--output', 'run.html']);
  assert.equal(drawn.code, 0, drawn.said);
});
