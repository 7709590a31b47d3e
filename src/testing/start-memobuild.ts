import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { boundEnvironment } from './bound-environment.ts';
import { ended, endProcess } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import { OutputLines } from './output-lines.ts';
import { programPath } from './program.ts';

/** Starts `memobuild` as a user would. It is ended when the test ends. */
export function startMemobuild(
  t: Cleanup,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): StartedMemobuild {
  const child = spawn(process.execPath, [programPath, ...args], {
    cwd: options.cwd,
    env: boundEnvironment({ ...process.env, ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => endProcess(child));
  const stdout = new OutputLines(child.stdout);
  const stderr = new OutputLines(child.stderr);
  return {
    child,
    stdout,
    stderr,
    ended: async () => {
      await ended(child);
      return child.exitCode ?? child.signalCode;
    },
  };
}

export interface StartedMemobuild {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly stdout: OutputLines;
  readonly stderr: OutputLines;
  /** Resolves when it has ended: with its exit code, or the signal that it died of. */
  ended(): Promise<number | NodeJS.Signals | null>;
}
