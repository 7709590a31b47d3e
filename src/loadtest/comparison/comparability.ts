import { comparedConditions } from '../config/config.ts';
import type { RunResult } from '../result/model/run.ts';
import { recordedLoadOf } from '../result/recorded-load.ts';
import { type Unfit, unfitnessOf } from '../result/unfit-run.ts';

/** A run, and what it is called in messages: its file, and its scenario where a file holds several. */
export interface LabelledRun {
  readonly label: string;
  readonly result: RunResult;
}

/** Something that must be the same for a comparison to mean anything, and is not. */
export interface Difference {
  readonly what: string;
  readonly base: string;
  /** The label of the first run that differs from the first of base. */
  readonly other: string;
  readonly otherLabel: string;
}

/** A run that says nothing about the target. */
export interface UnfitRun {
  readonly label: string;
  readonly reason: string;
  readonly why: Unfit['why'] | 'repeated';
}

/** Compares every run with the first one of base. What a change of the build may change is left out: commit, target URL, results. */
export function differencesOf(
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
): Difference[] {
  const [reference, ...others] = [...base, ...next];
  if (reference === undefined) return [];
  return Object.entries(conditions).flatMap(([what, textOf]) => {
    const expected = textOf(reference.result);
    const other = others.find(({ result }) => textOf(result) !== expected);
    return other === undefined
      ? []
      : [{ what, base: expected, other: textOf(other.result), otherLabel: other.label }];
  });
}

/** The same for runs that belong to one history: workload and machine, not the versions. */
export function historyKey(run: RunResult): string {
  const kept = Object.entries(conditions).filter(([what]) => !versions.has(what));
  return JSON.stringify(kept.map(([, textOf]) => textOf(run)));
}

/** The runs that say nothing about the target. */
export function unfitRuns(runs: readonly LabelledRun[]): UnfitRun[] {
  return runs.flatMap(({ label, result }) => {
    const unfit = unfitnessOf(result);
    return unfit === undefined ? [] : [{ label, ...unfit }];
  });
}

/** Runs that appear twice on a side: counting one twice would make it look surer than it is. */
export function repeatedRuns(side: readonly LabelledRun[]): UnfitRun[] {
  const seen = new Map<string, string>();
  return side.flatMap(({ label, result }) => {
    const before = seen.get(result.run_id);
    seen.set(result.run_id, before ?? label);
    return before === undefined
      ? []
      : [{ label, reason: `it is the same run as ${before}`, why: 'repeated' }];
  });
}

/** Operations that read wrong bytes, and acknowledged writes that were lost. */
export function integrityFailures({ errors_by_type: errors }: RunResult): number {
  return errors.integrity + errors.lost;
}

const versions = new Set(['generator version', 'Node of the generator']);

const conditions: Readonly<Record<string, (run: RunResult) => string>> = {
  scenario: scenarioText,
  ...Object.fromEntries(
    comparedConditions.map(({ what, textOf }) => [what, ({ config }) => textOf(config)]),
  ),
  'throughput period': (run) =>
    run.upgraded_from_version === 1 && run.stop_reason === 'requests'
      ? 'the whole run (schema version 1)'
      : 'while all clients were sending',
  'generator version': ({ environment }) => environment.memobuild_version,
  'Node of the generator': ({ environment }) => environment.node_version,
  machine: ({ environment: env }) =>
    `${env.platform} ${env.arch}, ${env.cpu_count} × ${env.cpu_model ?? 'CPU'}, ${Math.round(env.memory_bytes / 2 ** 30)} GiB`,
};

/** What must be equal for runs to be comparable, as messages and docs/compare.md call it. */
export const conditionNames: readonly string[] = Object.keys(conditions);

function scenarioText(run: RunResult): string {
  const load = recordedLoadOf(run);
  switch (load.kind) {
    case 'closed':
    case 'open':
      return run.config.custom_scenario ?? run.name ?? 'none';
    case 'replay':
      return `replay of the trace with SHA-256 ${load.replay.sha256}, at ${load.replay.speed} times its speed`;
  }
}
