import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { ended, endProcess } from '../../src/testing/child-process.ts';
import { programPath, repositoryRoot } from '../../src/testing/program.ts';
import { needsHaproxy } from '../../src/testing/start-balancer.ts';
import { needsRedis } from '../../src/testing/start-redis.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/**
 * The page's ports are fixed, so its commands run in a network of their own; and in a process
 * namespace of their own, with which everything that they start ends.
 */
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
const apart = [...asRoot, '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const isApart =
  spawnSync('unshare', [...apart, 'sh', '-c', 'ip link set lo up && curl --version']).status === 0;
const needsNamespaces = {
  skip: !isApart && 'there is no unshare, ip or curl here, or no right to',
};

const chapters = ['Three nodes on one machine, in ten minutes', 'Rolling to another version'];
/** Nodes start slowly on a busy machine. */
const deadlineMs = 400_000;
/** The tests run where this was done. */
const isInstallation = /^(?:apt-get|npm) /;

test('the commands of docs/deployment.md lead to three nodes, and over a roll', {
  skip: needsRedis.skip || needsHaproxy.skip || needsNamespaces.skip,
}, async (t) => {
  const dir = await tempDir(t);
  symlinkSync(join(repositoryRoot, 'deploy'), join(dir, 'deploy'));
  const program = join(dir, 'memobuild');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${programPath} "$@"\n`);
  chmodSync(program, 0o755);
  const commands = chapters.flatMap((chapter) => commandsOf(chapter));
  assert.ok(commands.length > 10);
  // FAIL and VOID say something of the machine the tests run on, not of the command.
  const judged = commands.map((command) =>
    command.includes(' loadtest ') ? `${command} || case $? in 1|4) ;; *) exit 1 ;; esac` : command,
  );
  const script = ['set -e', 'ip link set lo up', ...judged].join('\n');
  const child = spawn('unshare', [...apart, 'bash', '-c', script], {
    cwd: dir,
    env: boundEnvironment({
      ...process.env,
      PATH: `${dir}:${process.env.PATH}`,
      MEMOBUILD_WORKERS: '1',
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => endProcess(child));
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  await ended(child, deadlineMs);
  const [stdout, stderr] = await output;
  assert.equal(child.exitCode, 0, `${stdout}\n${stderr}`);
  // Each of three nodes, the balancer, the node that was killed, and each of three after the roll.
  assert.equal(stdout.match(/^ready$/gm)?.length, 8, stdout);
  const verdicts = stdout.match(/^(?:PASS|INVESTIGATE|FAIL|VOID) /gm);
  assert.equal(verdicts?.length, 4, 'two runs, each with its verdict twice');
});

function commandsOf(chapter: string): string[] {
  const page = readFileSync(join(repositoryRoot, 'docs', 'deployment.md'), 'utf8');
  const [, rest = ''] = page.split(`## ${chapter}\n`);
  const [own = ''] = rest.split('\n## ');
  return [...own.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = '']) => block.trim().split('\n'))
    .filter((line) => !isInstallation.test(line));
}
