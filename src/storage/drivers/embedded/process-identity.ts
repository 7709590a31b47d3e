import { readFileSync } from 'node:fs';
import { currentBootId } from './boot-id.ts';

/** Names one process for all time: a process id alone is given out again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process began, in kernel ticks since boot; 0 if /proc does not say. */
  readonly startTicks: number;
  /** The machine's boot; '' if the system does not say. */
  readonly bootId: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0, bootId: currentBootId() };
}

/** Whether the process still runs. A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== currentBootId()) return false;
  if (identity.startTicks !== 0) return startTicksOf(identity.pid) === identity.startTicks;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    // EPERM means that it runs as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * proc(5): in /proc/PID/stat the name is in parentheses and may hold spaces; state is field 3,
 * starttime field 22.
 */
function startTicksOf(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return Number(fields[19]);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
