import { maxOf } from '../../core/index.ts';
import type { LabelledRun } from '../comparison/comparability.ts';
import type { RunResult } from '../result/model/run.ts';
import { sumOrNull } from './merge-windows.ts';
import type { ShiftedRun } from './overlap.ts';

/** Failures by kind, added up. */
export function errorsOf(results: readonly RunResult[]): RunResult['errors_by_type'] {
  const kinds = Object.keys(results[0]!.errors_by_type) as (keyof RunResult['errors_by_type'])[];
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      results.reduce((total, { errors_by_type: errors }) => total + errors[kind], 0),
    ]),
  ) as RunResult['errors_by_type'];
}

/** The counts beside the operations. */
export function countsOf(
  results: readonly RunResult[],
): Pick<RunResult, 'traffic' | 'writes' | 'warmup' | 'unfinished' | 'scheduled' | 'cleanup'> {
  const all = <Key extends keyof RunResult>(key: Key): RunResult[Key][] =>
    results.map((run) => run[key]);
  return {
    traffic: sumsOf(all('traffic')),
    writes: sumsOf(all('writes')),
    warmup: {
      ...sumsOf(all('warmup').map(({ timed_out: _, ...counts }) => counts)),
      duration_ms: maxOf(all('warmup').map((warmup) => warmup.duration_ms)),
      timed_out: all('warmup').some((warmup) => warmup.timed_out),
    },
    unfinished: {
      count: all('unfinished').reduce((total, { count }) => total + count, 0),
      oldest_age_ms: maxOf(all('unfinished').map((one) => one.oldest_age_ms)),
    },
    scheduled: sumOrNull(all('scheduled')),
    cleanup: {
      ...sumsOf(all('cleanup').map(({ removable: _, ...counts }) => counts)),
      removable: all('cleanup').every(({ removable }) => removable),
    },
  };
}

function sumsOf<T extends Readonly<Record<string, number>>>(parts: readonly T[]): T {
  const keys = Object.keys(parts[0]!);
  return Object.fromEntries(
    keys.map((key) => [key, parts.reduce((total, part) => total + part[key]!, 0)]),
  ) as T;
}

/** How all generators used their connections. */
export function connectionsOf(results: readonly RunResult[]): Pick<RunResult, 'connections'> {
  const parts = results.flatMap(({ connections }) => connections ?? []);
  if (parts.length < results.length) return {};
  const sum = (pick: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  const longest = (values: readonly (number | null)[]): number | null =>
    values.reduce((most, value) => (value === null ? most : Math.max(most ?? value, value)), null);
  return {
    connections: {
      most: sumOrNull(parts.map(({ most }) => most)),
      opened: sum(({ opened }) => opened),
      busy_most: sum((part) => part.busy_most),
      all_busy_ms: maxOf(parts.map((part) => part.all_busy_ms)),
      calm_service_ms: longest(parts.map((part) => part.calm_service_ms)),
      all_busy_service_ms: longest(parts.map((part) => part.all_busy_service_ms)),
      stale: sum(({ stale }) => stale),
      back_offs: sum((part) => part.back_offs),
      back_off_ms: sum((part) => part.back_off_ms),
    },
  };
}

/** What was asked of all generators together. */
export function configOf(results: readonly RunResult[]): RunResult['config'] {
  const [first, ...others] = results.map(({ config }) => config);
  return {
    ...first!,
    num_clients: results.reduce((total, { config }) => total + config.num_clients, 0),
    workers: results.reduce((total, { config }) => total + config.workers, 0),
    stages: others.reduce<RunResult['config']['stages']>(
      (stages, { stages: more }) =>
        stages.length === more.length
          ? stages.map((stage, index) => addRates(stage, more[index]!))
          : stages,
      first!.stages,
    ),
  };
}

type Stage = RunResult['config']['stages'][number];

function addRates(a: Stage, b: Stage): Stage {
  return { ...a, from_rate: a.from_rate + b.from_rate, to_rate: a.to_rate + b.to_rate };
}

/** The generators as one. */
export function generatorOf(
  runs: readonly LabelledRun[],
  operations: number,
): RunResult['generator'] {
  const parts = runs.map(({ result }) => result.generator);
  const cpuUs = runs.reduce(
    (total, { result }) =>
      total + (result.generator.cpu_us_per_operation ?? 0) * result.operations.total,
    0,
  );
  return {
    ...parts[0]!,
    workers: parts.reduce((total, { workers }) => total + workers, 0),
    lost_workers: parts.flatMap((part) => part.lost_workers),
    checks: runs.flatMap(({ label, result }) =>
      result.generator.checks.map((check) => ({ ...check, text: `${label}: ${check.text}` })),
    ),
    cpu_cores: sumOrNull(parts.map((part) => part.cpu_cores)),
    cpu_us_per_operation: operations === 0 ? null : cpuUs / operations,
    memory_bytes_max: sumOrNull(parts.map((part) => part.memory_bytes_max)),
    // Samples of different machines add up to nothing; each run's own file has its own.
    samples: [],
  };
}

/** There is one target: a generator that saw its resources saw all of them. */
export function serverOf(runs: readonly ShiftedRun[]): RunResult['server'] {
  const seen = runs.find(({ run }) => run.server.samples.some((one) => one.memory_bytes !== null));
  const { run, offsetMs } = seen ?? runs[0]!;
  const samples = run.server.samples.map((one) => ({ ...one, at_ms: one.at_ms + offsetMs }));
  return { ...run.server, samples, cpu_us_per_operation: null };
}
