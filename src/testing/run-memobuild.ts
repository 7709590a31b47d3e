import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { programPath } from './program.ts';

/**
 * Runs `memobuild` to its end, as a user would, and looks at what it left behind. A run that is not
 * over at the deadline is killed, with all it started, and answers `timedOut`.
 */
export async function runMemobuild(
  args: readonly string[],
  options: RunOptions,
): Promise<FinishedRun> {
  const tempDir = await mkdtemp(join(tmpdir(), 'memobuild-run-'));
  const mark = randomUUID();
  const startedMs = performance.now();
  // Its own process group, so that the deadline ends the children too; `mark` finds those that left it.
  const child = spawn(process.execPath, [programPath, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...options.env, TMPDIR: tempDir, [markName]: mark },
  });
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killGroup(child.pid);
  }, options.deadlineMs);
  void options.interruptWhen?.().then(() => child.kill('SIGINT'));
  // The exit, not the end of the pipes, is what a shell waits for: a stray child could hold these.
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(deadline);
  const tookMs = performance.now() - startedMs;
  const leftProcesses = await processesMarked(mark);
  killGroup(child.pid);
  const [stdout, stderr] = await output;
  const leftFiles = await readdir(tempDir, { recursive: true });
  await rm(tempDir, { recursive: true, force: true });
  return { exitCode, signal, timedOut, stdout, stderr, tookMs, leftProcesses, leftFiles };
}

export interface RunOptions {
  readonly deadlineMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Presses Ctrl-C when the promise that this answers is resolved. */
  readonly interruptWhen?: () => Promise<void>;
}

export interface FinishedRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it had to be killed because it did not end in time. */
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Command lines of processes that it started and that outlived it. Known on Linux only. */
  readonly leftProcesses: readonly string[];
  /** What lies in its temporary directory after its end, sockets included. */
  readonly leftFiles: readonly string[];
}

const markName = 'MEMOBUILD_TEST_RUN';

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone: nothing outlived the run.
  }
}

/** A child inherits the environment, so the mark finds it wherever it has gone. */
async function processesMarked(mark: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(`${markName}=${mark}`)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    // A zombie waits for init alone and has no command line any more.
    if (command !== '') found.push(`${pid} ${command.replaceAll('\0', ' ').trim()}`);
  }
  return found;
}
