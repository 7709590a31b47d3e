import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { killGroup } from '../../src/testing/child-process.ts';

/** The result of a command. */
export interface CommandResult {
  readonly exitCode: number | null;
  /** Whether it had to be killed at its deadline. */
  readonly timedOut: boolean;
  /** Standard output and error, in this order. */
  readonly output: string;
  readonly tookMs: number;
}

export interface CommandOptions {
  readonly cwd: string;
  /** Added to PATH and HOME; nothing else of the test's own environment is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

/** Runs a command to its end, or to its deadline with all that it started. */
export async function runCommand(
  file: string,
  args: readonly string[],
  { cwd, env = {}, deadlineMs = 120_000 }: CommandOptions,
): Promise<CommandResult> {
  const startedMs = performance.now();
  // A CI variable would make some tools turn a cache on the loopback off.
  const { PATH = '', HOME = cwd } = process.env;
  const child = spawn(file, args, {
    cwd,
    env: boundEnvironment({ PATH, HOME, NO_COLOR: '1', ...env }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, deadlineMs);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  clearTimeout(deadline);
  const tookMs = performance.now() - startedMs;
  // Some tools leave a daemon in the group, which would keep the pipes open.
  killGroup(child);
  return { exitCode, timedOut, output: (await output).join(''), tookMs };
}
