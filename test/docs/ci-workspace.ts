import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { killGroup } from '../../src/testing/child-process.ts';
import { repositoryRoot } from '../../src/testing/program.ts';

export interface FinishedScript {
  readonly status: number | null;
  readonly output: string;
}

/** Where a job runs: a working directory, and the files that CI gives it. */
export class Workspace {
  readonly dir: string;
  readonly summaryPath: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(dir: string, env: Readonly<Record<string, string>>) {
    this.dir = dir;
    this.summaryPath = join(dir, '.summary');
    const { PATH, HOME, TMPDIR } = process.env;
    this.#env = {
      ...{ PATH, HOME, TMPDIR, CI: 'true', NO_COLOR: '1' },
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: this.summaryPath,
      GITHUB_OUTPUT: join(dir, '.output'),
      ...env,
    };
  }

  /**
   * Runs lines as both CIs run them: from a file, by bash, which ends at the first failure. `env` is
   * laid over what the CI file says; what is still an expression then is not for a shell.
   */
  async run(
    script: string,
    env: Readonly<Record<string, string>>,
    cwd = '.',
  ): Promise<FinishedScript> {
    assert.doesNotMatch(script, /\$\{\{/, 'an expression in a script is a hole: use env');
    const file = join(this.dir, '.script.sh');
    await writeFile(file, script);
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
      cwd: join(this.dir, cwd),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: boundEnvironment({ ...this.#env, ...env }),
    });
    const deadline = setTimeout(() => killGroup(child), 180_000);
    const output = Promise.all([text(child.stdout), text(child.stderr)]);
    const [status] = (await once(child, 'exit')) as [number | null];
    clearTimeout(deadline);
    return { status, output: (await output).join('') };
  }

  summary(): Promise<string> {
    return readFile(this.summaryPath, 'utf8').catch(() => '');
  }
}

/** A repository like this one: four commits, 30, 8 and 2 days and an hour old. Answers their hashes. */
export async function makeOrigin(dir: string): Promise<string[]> {
  const origin = join(dir, 'origin');
  await mkdir(origin);
  for (const name of ['bin', 'package.json', 'package-lock.json']) {
    await cp(join(repositoryRoot, name), join(origin, name), { recursive: true });
  }
  git(origin, 'init', '--quiet');
  const commits = [30, 8, 2, 0.04].map((days) => commit(origin, `${days} days ago`, days));
  git(origin, 'tag', 'v0.2.0');
  return commits;
}

export function commit(dir: string, message: string, daysAgo: number): string {
  const date = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
  git(dir, 'add', '--all');
  const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
  execFileSync('git', [...who, 'commit', '--quiet', '--allow-empty', '-m', message], {
    cwd: dir,
    env,
  });
  return git(dir, 'rev-parse', 'HEAD');
}

export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();
}

/** A directory for a job, with an `npm` whose `ci` links what this checkout has installed and built. */
export async function workspace(
  dir: string,
  binParent: string,
  env: Readonly<Record<string, string>>,
): Promise<Workspace> {
  const bin = join(binParent, 'stand-in');
  await mkdir(dir, { recursive: true });
  await mkdir(bin, { recursive: true });
  const links = ['node_modules', 'dist'].map((name) => join(repositoryRoot, name)).join(' ');
  await writeFile(join(bin, 'npm'), `#!/bin/sh\n[ "$*" = ci ] && exec ln -s ${links} .\n`);
  await chmod(join(bin, 'npm'), 0o755);
  return new Workspace(dir, { ...env, PATH: `${bin}:${process.env.PATH}` });
}
