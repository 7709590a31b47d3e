import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../src/testing/program.ts';

const npmTimeoutMs = 240_000;

/** The package as a user has it: packed from this checkout and installed into an empty project. */
export interface InstalledPackage {
  /** What the tarball holds, as paths below the package's own folder. */
  readonly files: readonly string[];
  /** The project; the package is at `node_modules/memobuild` in it. */
  readonly project: string;
}

/** Packs what `npm test` has built, and installs the tarball below `dir`. Takes some ten seconds. */
export function installPackage(dir: string): InstalledPackage {
  const packed = npm(repositoryRoot, ['pack', '--json', '--pack-destination', dir]);
  const [tarball] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
  const module = { private: true, type: 'module' };
  writeFileSync(join(dir, 'package.json'), JSON.stringify(module));
  npm(dir, ['install', '--omit=dev', '--prefer-offline', `./${tarball!.filename}`]);
  return { files: tarball!.files.map(({ path }) => path), project: dir };
}

/** Bytes below `node_modules`, package by package, the largest first. */
export function installedSizes(project: string): (readonly [name: string, sizeBytes: number])[] {
  const root = join(project, 'node_modules');
  const sizes = new Map<string, number>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const [scope, name] = path.slice(root.length + 1).split('/') as [string, string];
    const owner = scope.startsWith('@') ? `${scope}/${name}` : scope;
    sizes.set(owner, (sizes.get(owner) ?? 0) + statSync(path).size);
  }
  return [...sizes].sort(([, a], [, b]) => b - a);
}

/** Runs npm without the packages' scripts: no build of ours in the middle of the tests, none of theirs. */
function npm(cwd: string, args: readonly string[]): string {
  const { npm_config_prefix: _, ...env } = process.env;
  return execFileSync('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    timeout: npmTimeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
