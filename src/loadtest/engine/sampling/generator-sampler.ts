import { readFileSync } from 'node:fs';
import type { GeneratorSample } from '../../measurement.ts';

/** Watches this process and the machine, once a second. */
export class GeneratorSampler {
  readonly samples: GeneratorSample[] = [];
  readonly #loopDelays = new Map<number, number>();
  #startMs = 0;
  #atMs = 0;
  #cpu = process.cpuUsage();
  #machine: MachineCpu | undefined;

  /**
   * The first sample counts from here.
   * @param startMs start of the measured run, performance.now() of this thread.
   */
  begin(startMs: number): void {
    this.#startMs = startMs;
    this.#atMs = performance.now();
    this.#cpu = process.cpuUsage();
    this.#machine = readMachineCpu();
  }

  /** A worker's event-loop delay of the second past. */
  noteLoopDelay(worker: number, p99Ms: number): void {
    this.#loopDelays.set(worker, p99Ms);
  }

  sample(): void {
    const atMs = performance.now();
    const cpu = process.cpuUsage();
    const machine = readMachineCpu();
    const elapsedMs = Math.max(1, atMs - this.#atMs);
    const usedMs = (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1000;
    const total = (machine?.total ?? 0) - (this.#machine?.total ?? 0);
    const share = (now: number | undefined, before: number | undefined): number | undefined =>
      now === undefined || before === undefined || total <= 0 ? undefined : (now - before) / total;
    this.samples.push({
      atMs: atMs - this.#startMs,
      cpuCores: usedMs / elapsedMs,
      memoryBytes: process.memoryUsage.rss(),
      loopDelayP99Ms: Math.max(0, ...this.#loopDelays.values()),
      machineCpu: share(machine?.busy, this.#machine?.busy),
      machineSteal: share(machine?.steal, this.#machine?.steal),
    });
    this.#loopDelays.clear();
    this.#atMs = atMs;
    this.#cpu = cpu;
    this.#machine = machine;
  }
}

interface MachineCpu {
  readonly total: number;
  readonly busy: number;
  readonly steal: number;
}

/** The first line of /proc/stat, in ticks; undefined where it is not. */
function readMachineCpu(): MachineCpu | undefined {
  try {
    const line = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]!;
    // user nice system idle iowait irq softirq steal; guest times are in user and nice already.
    const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
    const total = ticks.reduce((a, b) => a + b, 0);
    return { total, busy: total - ticks[3]! - ticks[4]!, steal: ticks[7] ?? 0 };
  } catch {
    return undefined;
  }
}

/** How many files this process may have open, where the system says. */
export function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
