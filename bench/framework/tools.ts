import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that rows need beside Node, and the Debian package each comes in. */
const packages = {
  wrk: 'wrk',
  nginx: 'nginx',
  'redis-server': 'redis-server',
  'redis-benchmark': 'redis-tools',
} as const;

export type ToolName = keyof typeof packages;

/** Where a program lies, or undefined. nginx hides in sbin, which a user's PATH may lack. */
export function findTool(name: ToolName): string | undefined {
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

/** @throws naming the package, where the program is absent. */
export function requireTool(name: ToolName): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is not installed: ${installHint([name])}`);
  return path;
}

/** Those that drive a load; the others are peers, which a comparison of two checkouts has no use for. */
export function loadTools(names: readonly ToolName[]): ToolName[] {
  return names.filter((name) => name === 'wrk');
}

/** The line that installs them. */
export function installHint(names: readonly ToolName[]): string {
  return `apt-get install -y ${[...new Set(names.map((name) => packages[name]))].join(' ')}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
