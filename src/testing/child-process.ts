import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Resolves when the process has ended, at once if it has already.
 * @throws when it has not after `timeoutMs`; by default before the runner gives the whole file up.
 */
export async function ended(child: ChildProcess, timeoutMs = 240_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const signal = AbortSignal.timeout(timeoutMs);
  await once(child, 'exit', { signal }).catch((cause) => {
    const command = child.spawnargs.join(' ');
    throw new Error(`has not ended within ${timeoutMs} ms: ${command}`, { cause });
  });
}

/** Ends a process: SIGTERM, and SIGKILL when that has not helped within `graceMs`. */
export async function endProcess(child: ChildProcess, graceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended(child);
  clearTimeout(killer);
}

/** Kills what is left of the process group that a process started with `detached` leads. */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone: nothing outlived its leader.
  }
}
