import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { programPath, repositoryRoot } from '../../src/testing/program.ts';

/** A directory that holds a memobuild: what the rows start and measure. */
export interface Checkout {
  readonly dir: string;
  /** Its `bin/memobuild.js`. */
  readonly program: string;
}

/** The one that this file belongs to. */
export const thisCheckout: Checkout = { dir: repositoryRoot, program: programPath };

/**
 * Another checkout, proven to be one.
 * @throws naming what is missing.
 */
export function openCheckout(path: string): Checkout {
  const dir = resolve(path);
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new Error(`${dir} is not a directory; a checkout of memobuild is required`);
  }
  const program = join(dir, 'bin', 'memobuild.js');
  if (!existsSync(program)) {
    throw new Error(`${dir} has no bin/memobuild.js; a checkout of memobuild is required`);
  }
  return { dir, program };
}

/**
 * Builds a checkout whose `dist` is absent or older than its sources, so that what is measured is
 * what the sources say, and proves that its program starts. A directory without sources, as an
 * installed package is, has nothing to build.
 * @throws with what the build or the program printed.
 */
export function makeReady({ dir, program }: Checkout, say: (text: string) => void): void {
  if (existsSync(join(dir, 'tsconfig.build.json')) && isStale(dir)) {
    say(`building ${dir}`);
    run([join(dir, 'scripts', 'build.mjs')], `${dir} cannot be built; run npm ci in it`);
  }
  run([program, '--version'], `${program} does not start`);
}

/** Outputs that a change leaves alone keep their age, so the youngest one says when it was built. */
function isStale(dir: string): boolean {
  const dist = join(dir, 'dist');
  if (!existsSync(join(dist, 'cli', 'main.js'))) return true;
  return youngestMs(join(dir, 'src')) > youngestMs(dist);
}

/** When the last change of a file in a directory was; tests are not built and do not count. */
function youngestMs(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.test.ts'))
    .reduce((youngest, name) => {
      const file = statSync(join(dir, name));
      return file.isFile() ? Math.max(youngest, file.mtimeMs) : youngest;
    }, 0);
}

function run(args: readonly string[], complaint: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: startTimeoutMs,
  });
  if (status !== 0) throw new Error(`${complaint}\n${stdout}${stderr}`);
}

/** The compiler takes some ten seconds on a quiet machine. */
const startTimeoutMs = 300_000;
