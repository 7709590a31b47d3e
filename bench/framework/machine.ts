import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { findTool, type ToolName } from './tools.ts';

/** What was measured. */
export interface Revision {
  /** '' outside of a git repository. */
  readonly commit: string;
  /** Whether the work tree held changes that the commit lacks. */
  readonly dirty: boolean;
}

/** On what the figures were measured, without which nobody could believe them. */
export interface Machine extends Revision {
  readonly timestamp: string;
  readonly node: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Load of the minute before the run: above 0.3 per core, something else was running. */
  readonly loadBefore: number;
  readonly tools: Readonly<Partial<Record<ToolName, string>>>;
}

export function describeMachine(tools: readonly ToolName[]): Machine {
  return {
    timestamp: new Date().toISOString(),
    ...describeRevision('.'),
    node: process.version,
    os: `${type()} ${release()}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
    tools: Object.fromEntries(
      [...new Set(tools)].flatMap((name) => {
        const path = findTool(name);
        return path === undefined ? [] : [[name, versionOf(path)]];
      }),
    ),
  };
}

export function describeRevision(dir: string): Revision {
  return {
    commit: printed('git', ['-C', dir, 'rev-parse', '--short', 'HEAD']),
    dirty: printed('git', ['-C', dir, 'status', '--porcelain', '--', 'src', 'bench']) !== '',
  };
}

export function renderRevision({ commit, dirty }: Revision): string {
  return `commit ${commit === '' ? 'unknown' : commit}${dirty ? ' with changes' : ''}`;
}

/** The same in a few lines for a reader. */
export function renderMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, os, node, tools, loadBefore, timestamp } = machine;
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${os}`,
    [`Node ${node}`, ...versions].join(', '),
    `${renderRevision(machine)}, ${timestamp.slice(0, 16)}Z, load before ${loadBefore}`,
  ].join('\n');
}

/** The first line with a number in it of what `-v` prints, on whichever stream. */
function versionOf(path: string): string {
  const text = printed('sh', ['-c', `"${path}" -v 2>&1 || true`]);
  return /\d+\.\d+[\w.-]*/.exec(text)?.[0] ?? 'unknown';
}

function printed(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
