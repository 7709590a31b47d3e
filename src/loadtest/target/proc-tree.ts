import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants use, as Linux reports it. */
export interface TreeUsage {
  /** Resident memory without pages of files: the processes' private memory. */
  readonly memoryBytes: number;
  readonly residentBytes: number;
  readonly cpuMs: number;
}

/** Looks at a process and its descendants; `undefined` if /proc does not say. */
export function readTreeUsage(pid: number): TreeUsage | undefined {
  let usage: TreeUsage | undefined;
  for (const member of descendants(pid)) {
    const one = readUsage(member);
    if (one === undefined) continue;
    usage = {
      memoryBytes: (usage?.memoryBytes ?? 0) + one.memoryBytes,
      residentBytes: (usage?.residentBytes ?? 0) + one.residentBytes,
      cpuMs: (usage?.cpuMs ?? 0) + one.cpuMs,
    };
  }
  return usage;
}

function descendants(pid: number): number[] {
  const found = [pid];
  for (let at = 0; at < found.length; at += 1) {
    try {
      const tasks = `/proc/${found[at]}/task`;
      for (const task of readdirSync(tasks)) {
        const children = readFileSync(`${tasks}/${task}/children`, 'latin1').trim();
        if (children !== '') found.push(...children.split(' ').map(Number));
      }
    } catch {
      // It has ended, or this is not Linux.
    }
  }
  return found;
}

function readUsage(pid: number): TreeUsage | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    // The command's name is in parentheses and may hold anything; the numbers come after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      memoryBytes: (kib('RssAnon') + kib('RssShmem')) * 1024,
      residentBytes: kib('VmRSS') * 1024,
      // utime and stime (fields 14 and 15 of proc(5)), in ticks of 10 ms.
      cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
    };
  } catch {
    return undefined;
  }
}
