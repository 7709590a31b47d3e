import type { GeneratorSample, ServerSample } from '../../measurement.ts';

/** Two samples of the generator as one: means of what was used, the worst of what went wrong. */
export function mergeGeneratorSamples(
  earlier: GeneratorSample,
  later: GeneratorSample,
  earlierCount: number,
): GeneratorSample {
  const mean = (a: number, b: number): number => (a * earlierCount + b) / (earlierCount + 1);
  const known = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? (a ?? b) : mean(a, b);
  return {
    atMs: later.atMs,
    cpuCores: mean(earlier.cpuCores, later.cpuCores),
    memoryBytes: Math.max(earlier.memoryBytes, later.memoryBytes),
    loopDelayP99Ms: Math.max(earlier.loopDelayP99Ms, later.loopDelayP99Ms),
    loopDelayMaxMs: Math.max(earlier.loopDelayMaxMs, later.loopDelayMaxMs),
    machineCpu: known(earlier.machineCpu, later.machineCpu),
    machineOtherCpu: known(earlier.machineOtherCpu, later.machineOtherCpu),
    machineSteal: known(earlier.machineSteal, later.machineSteal),
    machineStealMost: mostOf(earlier.machineStealMost, later.machineStealMost),
  };
}

/** Two samples of the target as one: the least memory is what a collector leaves, and what a leak grows. */
export function mergeServerSamples(earlier: ServerSample, later: ServerSample): ServerSample {
  return {
    atMs: later.atMs,
    memoryBytes: leastOf(earlier.memoryBytes, later.memoryBytes),
    memoryBytesMost: mostOf(
      earlier.memoryBytesMost ?? earlier.memoryBytes,
      later.memoryBytesMost ?? later.memoryBytes,
    ),
    residentBytes: mostOf(earlier.residentBytes, later.residentBytes),
    cpuMs: later.cpuMs ?? earlier.cpuMs,
    evictedEntries: later.evictedEntries ?? earlier.evictedEntries,
  };
}

function mostOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function leastOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
