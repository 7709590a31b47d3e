import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { boundEnvironment } from './bound-environment.ts';
import { killGroup } from './child-process.ts';
import { OutputLines } from './output-lines.ts';
import { programPath } from './program.ts';
import { killMarked, markedAfter, withMark } from './reaper/marked-processes.mjs';

/**
 * Runs `memobuild` to its end, as a user would, and looks at what it left behind. A run that is not
 * over at the deadline is killed, with all it started, and its result is `timedOut`.
 */
export async function runMemobuild(
  args: readonly string[],
  options: RunOptions,
): Promise<FinishedRun> {
  const tempDir = await mkdtemp(join(tmpdir(), 'memobuild-run-'));
  const mark = randomUUID();
  const env = { ...process.env, NO_COLOR: '1', ...options.env, TMPDIR: tempDir };
  const startedMs = performance.now();
  // A process group of its own, so that the deadline ends the children too; `mark` finds those that left it.
  const child = spawn(process.execPath, [programPath, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: withMark(boundEnvironment(env), mark),
  });
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, options.deadlineMs);
  const said = new OutputLines(child.stderr.pipe(new PassThrough()));
  void options.interruptWhen?.(said).then(() => child.kill('SIGINT'));
  // The exit, not the end of the pipes, is what a shell waits for: a stray child could hold these.
  const output = Promise.all([text(child.stdout), text(child.stderr.pipe(new PassThrough()))]);
  const [exitCode, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(deadline);
  const tookMs = performance.now() - startedMs;
  // What it has killed itself may take a moment to be gone.
  const left = await markedAfter(mark, 2_000);
  killGroup(child);
  await killMarked(mark);
  const [stdout, stderr] = await output;
  const leftProcesses = left.map(({ pid, command }) => `${pid} ${command}`);
  const leftFiles = await readdir(tempDir, { recursive: true });
  await rm(tempDir, { recursive: true, force: true });
  return { exitCode, signal, timedOut, stdout, stderr, tookMs, leftProcesses, leftFiles };
}

export interface RunOptions {
  readonly deadlineMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Presses Ctrl-C when the promise that this returns is resolved. It is given what the run says on stderr. */
  readonly interruptWhen?: (said: OutputLines) => Promise<unknown>;
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
