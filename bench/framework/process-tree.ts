import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that descend from it. */
export class ProcessTree {
  readonly #rootPid: number;

  constructor(rootPid: number) {
    this.#rootPid = rootPid;
  }

  /** CPU time used so far by all, µs; that of children that ended and were waited for is in it. */
  cpuUs(): number {
    let ticks = 0;
    for (const { fields } of this.#members()) {
      // proc(5): utime, stime, cutime, cstime are fields 14 to 17; `fields` begins at field 3.
      for (let field = 11; field <= 14; field += 1) ticks += Number(fields[field]);
    }
    return (ticks / ticksPerSecond) * 1e6;
  }

  /** Memory that is theirs alone: private pages, without those of mapped files. MB. */
  memoryMb(): number {
    let kb = 0;
    for (const { pid } of this.#members()) {
      const rollup = readOrEmpty(`/proc/${pid}/smaps_rollup`);
      const anonymous = /^Anonymous:\s+(\d+) kB/m.exec(rollup)?.[1];
      kb += Number(anonymous ?? 0);
    }
    return kb / 1024;
  }

  #members(): { pid: number; fields: string[] }[] {
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const stat = readOrEmpty(`/proc/${name}/stat`);
        // The command's name may hold spaces and brackets; the fields begin after its last one.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return stat === '' ? [] : [{ pid: Number(name), fields }];
      });
    const members = all.filter(({ pid }) => pid === this.#rootPid);
    for (let at = 0; at < members.length; at += 1) {
      const parent = String(members[at]!.pid);
      members.push(...all.filter(({ fields }) => fields[1] === parent));
    }
    return members;
  }
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** '' for a process that has just ended. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
