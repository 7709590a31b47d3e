// Processes are known by a mark in their environment, which whatever they start inherits. Plain
// JavaScript, because scripts and the reaper run without a loader.
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const marksVariable = 'TEST_PROCESS_MARKS';
export const reportVariable = 'TEST_LEFTOVERS_REPORT';

/** @type {(env: NodeJS.ProcessEnv, mark: string) => NodeJS.ProcessEnv} */
export function withMark(env, mark) {
  const outer = env[marksVariable];
  return { ...env, [marksVariable]: outer === undefined ? mark : `${outer},${mark}` };
}

/** @type {(mark: string) => Promise<import('./marked-processes.mjs').MarkedProcess[]>} */
export async function markedProcesses(mark) {
  const found = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    const entry = environment.split('\0').find((text) => text.startsWith(`${marksVariable}=`));
    const marks = entry?.slice(marksVariable.length + 1).split(',') ?? [];
    if (!marks.includes(mark)) continue;
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    // A zombie waits for its parent alone and has no command line any more.
    if (command === '') continue;
    found.push({
      pid: Number(name),
      command: command.replaceAll('\0', ' ').trim(),
      startedBy: marks.at(-1),
    });
  }
  return found;
}

/** @type {(mark: string, graceMs: number) => Promise<import('./marked-processes.mjs').MarkedProcess[]>} */
export async function markedAfter(mark, graceMs) {
  const deadlineMs = performance.now() + graceMs;
  for (;;) {
    const processes = await markedProcesses(mark);
    if (processes.length === 0 || performance.now() > deadlineMs) return processes;
    await sleep(50);
  }
}

/** @type {(mark: string) => Promise<void>} */
export async function killMarked(mark) {
  for (let round = 0; round < killRoundsMax; round += 1) {
    const processes = await markedProcesses(mark);
    if (processes.length === 0) return;
    for (const { pid } of processes) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await sleep(20);
  }
}

// A round kills all there are. What forks forever must not hold up whoever kills it forever.
const killRoundsMax = 200;

/** @type {(mark: string) => import('node:child_process').ChildProcess} */
export function startReaper(mark) {
  const { [marksVariable]: _, ...env } = process.env;
  const args = [join(import.meta.dirname, 'reaper.mjs'), mark];
  // In a session of its own, so that Ctrl-C in a terminal does not reach it.
  return spawn(process.execPath, args, {
    detached: true,
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
