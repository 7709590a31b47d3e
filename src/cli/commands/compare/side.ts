import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { withoutPasswords } from '../../../core/index.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';

/** What one side's runs are made against: this generator always, the side's own server. */
export interface Side {
  /** As the user named it. */
  readonly name: string;
  /** Arguments of memobuild loadtest. */
  readonly args: readonly string[];
  /** The checkout's commit; `undefined` if it has none or is a URL. */
  readonly commit: string | undefined;
}

/** This program's own entry: the generator of both sides. */
export const ownProgram: string = fileURLToPath(
  new URL('../../../../bin/memobuild.js', import.meta.url),
);

/**
 * Reads a side: the URL of a running cache, the directory of a checkout (its server is started for
 * each run, from its `bin/memobuild.js`), or '' for this memobuild itself.
 * @throws {CommandError} `usage` where it is neither.
 */
export async function readSide(name: string): Promise<Side> {
  if (name === '') return { name: 'this memobuild', args: [], commit: await commitOf('.') };
  if (/^https?:\/\//i.test(name)) {
    return { name: withoutPasswords(name), args: ['--target', name], commit: undefined };
  }
  const dir = resolve(name);
  const program = join(dir, 'bin', 'memobuild.js');
  try {
    await access(program);
  } catch {
    throw new CommandError(
      exitCodes.usage,
      `${name} cannot be compared: a side must be the URL of a cache, or a directory with bin/memobuild.js`,
    );
  }
  return { name, args: ['--server-program', program], commit: await commitOf(dir) };
}

/** The environment in which a run records the side's commit, not that of the working directory. */
export function sideEnvironment({ commit }: Side): NodeJS.ProcessEnv {
  const { CI_COMMIT_SHA: _, GITHUB_SHA: __, ...env } = process.env;
  // No commit is better than a wrong one: git is then given nothing to find.
  return commit === undefined ? { ...env, GIT_DIR: '/dev/null' } : { ...env, GITHUB_SHA: commit };
}

async function commitOf(dir: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', dir, 'rev-parse', 'HEAD'], {
      timeout: 5_000,
    });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
