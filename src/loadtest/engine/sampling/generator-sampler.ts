import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { GeneratorSample } from '../../measurement.ts';
import { mergeGeneratorSamples } from './merge-samples.ts';
import { SampleList } from './sample-list.ts';

/** Watches this process and the machine, once per second. */
export class GeneratorSampler {
  readonly #list: SampleList<GeneratorSample>;
  readonly #targetCores: () => number | undefined;
  readonly #cores = Math.max(1, cpus().length);
  #loopDelays = { p99Ms: 0, maxMs: 0 };
  #startMs = 0;
  #atMs = 0;
  #cpu = process.cpuUsage();
  #machine: MachineCpu | undefined;

  /**
   * @param perEntry how many seconds become one sample.
   * @param targetCores cores that a target on this machine used recently.
   */
  constructor(perEntry: number, targetCores: () => number | undefined) {
    this.#list = new SampleList(perEntry, mergeGeneratorSamples);
    this.#targetCores = targetCores;
  }

  get samples(): readonly GeneratorSample[] {
    return this.#list.samples;
  }

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
  noteLoopDelay(delay: { readonly p99Ms: number; readonly maxMs: number }): void {
    this.#loopDelays = {
      p99Ms: Math.max(this.#loopDelays.p99Ms, delay.p99Ms),
      maxMs: Math.max(this.#loopDelays.maxMs, delay.maxMs),
    };
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
    const machineCpu = share(machine?.busy, this.#machine?.busy);
    const machineSteal = share(machine?.steal, this.#machine?.steal);
    const usedCores = usedMs / elapsedMs + (this.#targetCores() ?? 0);
    this.#list.add({
      atMs: atMs - this.#startMs,
      cpuCores: usedMs / elapsedMs,
      memoryBytes: process.memoryUsage.rss(),
      loopDelayP99Ms: this.#loopDelays.p99Ms,
      loopDelayMaxMs: this.#loopDelays.maxMs,
      machineCpu,
      // What the hypervisor took is not used by anybody here.
      machineOtherCpu:
        machineCpu === undefined
          ? undefined
          : Math.max(0, machineCpu - (machineSteal ?? 0) - usedCores / this.#cores),
      machineSteal,
      machineStealMost: machineSteal,
    });
    this.#loopDelays = { p99Ms: 0, maxMs: 0 };
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
