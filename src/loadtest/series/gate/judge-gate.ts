import type { RunResult } from '../../result/model/run.ts';
import { type Unfit, unfitnessOf } from '../../result/unfit-run.ts';
import { type MetricUnit, verdictMetrics } from '../../verdict/verdict-metrics.ts';
import { type Check, type ChecklistRow, type Condition, exchangeRunName } from './checklist.ts';
import { type GateValueMetric, gateMetrics, holds } from './gate-metrics.ts';

/**
 * `NOT RUN`: it could not be measured, and counts as not met. `NO ANSWER`: there was no target.
 * `VOID`: the machine or the generator invalidated a run. `INCONCLUSIVE`: a run has too little data.
 * `LEFT OUT`: a shortened gate can't measure it, and is not a release decision anyway.
 */
export type GateStatus = 'PASS' | (typeof worstFirst)[number];

const worstFirst = ['FAIL', 'NOT RUN', 'NO ANSWER', 'VOID', 'INCONCLUSIVE', 'LEFT OUT'] as const;

/** The outcome of one scenario, or of the replacement of workers. */
export interface GateRun {
  readonly scenario: string;
  /** `undefined`: there is none, and `problem` says why. */
  readonly result: RunResult | undefined;
  readonly problem?:
    | { readonly status: 'NOT RUN' | 'NO ANSWER'; readonly text: string }
    | undefined;
  /** File with the result. */
  readonly evidence?: string | undefined;
  /** How often all workers were replaced while it ran. */
  readonly exchanges?: number | undefined;
}

/** A figure that a row rests on. */
export interface GateValue {
  readonly scenario: string;
  readonly metric: GateValueMetric;
  readonly label: string;
  readonly unit: MetricUnit;
  readonly value: number | string | null;
  readonly holds: boolean;
}

/** A row of the checklist, judged. */
export interface JudgedRow {
  readonly title: string;
  readonly status: GateStatus;
  /** What is wrong, or worth knowing; one sentence each. */
  readonly reasons: readonly string[];
  /** What was measured; those that do not hold first, then by how close they are. */
  readonly values: readonly GateValue[];
  readonly evidence: readonly string[];
}

/**
 * Judges one row from the runs there are. `shortened`: durations were, so that drift cannot be
 * judged. Pure.
 */
export function judgeRow(
  { title, check }: ChecklistRow,
  runs: ReadonlyMap<string, GateRun>,
  { shortened }: { readonly shortened: boolean },
): JudgedRow {
  if (check.kind === 'out_of_reach') {
    const reasons = [`not run: needs ${check.needs}`];
    return { title, status: 'NOT RUN', reasons, values: [], evidence: [] };
  }
  const names = check.kind === 'worker_exchange' ? [exchangeRunName] : check.scenarios;
  const parts = names.map((name) => judgePart(check, name, runs.get(name), shortened));
  const values = parts.flatMap((part) => part.values);
  return {
    title,
    status: worstStatus(parts.map(({ status }) => status)),
    reasons: parts.flatMap(({ reasons }) => reasons),
    values: values.toSorted((a, b) => closeness(a, check) - closeness(b, check)),
    evidence: names.flatMap((name) => runs.get(name)?.evidence ?? []),
  };
}

/** The worst of several: a definite failure outranks an unknown. */
export function worstStatus(statuses: readonly GateStatus[]): GateStatus {
  return worstFirst.find((status) => statuses.includes(status)) ?? 'PASS';
}

interface Part {
  readonly status: GateStatus;
  readonly reasons: readonly string[];
  readonly values: readonly GateValue[];
}

type RunCheck = Exclude<Check, { readonly kind: 'out_of_reach' }>;

function judgePart(
  check: RunCheck,
  scenario: string,
  run: GateRun | undefined,
  shortened: boolean,
): Part {
  if (run === undefined)
    return noValue('NOT RUN', [`${scenario}: not run, the gate ended earlier`]);
  const { result } = run;
  if (result === undefined) {
    const { status, text } = run.problem ?? { status: 'NO ANSWER', text: 'no answer' };
    return noValue(status, [`${scenario}: ${text}`]);
  }
  const values = valuesOf(check, scenario, run, result);
  const unfit = worthlessness(result);
  if (unfit !== undefined) {
    return { status: unfit.status, reasons: [`${scenario}: ${unfit.reason}`], values };
  }
  if (check.kind === 'no_degradation' && !latencyDriftJudged(result)) {
    const reason = `${scenario}: drift needs a run of at least 260 s, this one took ${Math.round(result.duration_ms / 1000)} s`;
    return { status: shortened ? 'LEFT OUT' : 'NOT RUN', reasons: [reason], values };
  }
  if (shortened && isTooShortToExchange(check, run, result)) {
    const reason = `${scenario}: too short for ${check.exchangesLeast} replacements of all workers`;
    return { status: 'LEFT OUT', reasons: [reason], values };
  }
  const failing = values.filter((value) => !value.holds);
  return {
    status: statusOf(failing),
    reasons:
      failing.length === 0
        ? notesOf(check, scenario, result)
        : reasonsOf(check, scenario, result, failing),
    values,
  };
}

/** What was measured and does not hold fails; what could not be measured leaves the row open. */
function statusOf(failing: readonly GateValue[]): GateStatus {
  if (failing.length === 0) return 'PASS';
  return failing.some(({ value }) => value !== null) ? 'FAIL' : 'INCONCLUSIVE';
}

function isTooShortToExchange(
  check: RunCheck,
  { exchanges = 0 }: GateRun,
  { operations }: RunResult,
): check is Extract<Check, { readonly kind: 'worker_exchange' }> {
  return (
    check.kind === 'worker_exchange' && operations.failed === 0 && exchanges < check.exchangesLeast
  );
}

function noValue(status: GateStatus, reasons: readonly string[]): Part {
  return { status, reasons, values: [] };
}

/** A run of which no row may be met, whatever its figures are. */
function worthlessness(
  run: RunResult,
): { readonly status: GateStatus; readonly reason: string } | undefined {
  const { integrity, lost } = run.errors_by_type;
  if (integrity + lost > 0) {
    const reason = `${integrity} operations read wrong bytes, ${lost} acknowledged writes were lost`;
    return { status: 'FAIL', reason };
  }
  const unfit = unfitnessOf(run);
  if (unfit === undefined) return undefined;
  return { status: unfitStatus[unfit.why], reason: unfit.reason };
}

const unfitStatus: Readonly<Record<Unfit['why'], GateStatus>> = {
  interrupted: 'NOT RUN',
  void: 'VOID',
  workers_lost: 'VOID',
  max_stored: 'INCONCLUSIVE',
  no_operation: 'INCONCLUSIVE',
};

function valuesOf(check: RunCheck, scenario: string, run: GateRun, result: RunResult): GateValue[] {
  switch (check.kind) {
    case 'verdict': {
      const value = result.verdict.verdict;
      const holdsNow = value === 'PASS';
      return [{ scenario, metric: 'verdict', label: 'verdict', unit: '', value, holds: holdsNow }];
    }
    case 'metrics':
      return check.conditions.map((condition) => measure(condition, scenario, result));
    case 'no_degradation':
      return driftRows(result).map(({ metric, label, unit, measured, verdict }) => ({
        scenario,
        metric,
        label,
        unit,
        value: measured,
        holds: verdict === 'PASS',
      }));
    case 'worker_exchange': {
      const exchanges = run.exchanges ?? 0;
      return [
        measure({ metric: 'failed_operations', compare: 'at_most', limit: 0 }, scenario, result),
        {
          scenario,
          metric: 'worker_exchanges',
          label: 'replacements of all workers',
          unit: '',
          value: exchanges,
          holds: exchanges >= check.exchangesLeast,
        },
      ];
    }
  }
}

function measure(
  { metric, compare, limit }: Condition,
  scenario: string,
  run: RunResult,
): GateValue {
  const { label, unit, read } = gateMetrics[metric];
  const value = read(run);
  return { scenario, metric, label, unit, value, holds: holds(value, compare, limit) };
}

function driftRows({ verdict }: RunResult): RunResult['verdict']['rows'] {
  return verdict.rows.filter(({ metric }) => verdictMetrics[metric].subject === 'drift');
}

function latencyDriftJudged(result: RunResult): boolean {
  return driftRows(result).some(({ metric }) => metric === 'drift_p95_latency');
}

function notesOf(check: RunCheck, scenario: string, result: RunResult): string[] {
  if (check.kind !== 'no_degradation') return [];
  const isMemoryKnown = driftRows(result).some(({ metric }) => metric === 'drift_server_memory');
  return isMemoryKnown
    ? []
    : [`${scenario}: the target does not report its memory, so only latency was judged`];
}

function reasonsOf(
  check: RunCheck,
  scenario: string,
  result: RunResult,
  failing: readonly GateValue[],
): string[] {
  if (check.kind === 'verdict') {
    return result.verdict.reasons.map((reason) => `${scenario}: ${reason}`);
  }
  return failing
    .filter(({ value }) => value === null)
    .map(({ label }) => `${scenario}: ${label}: nothing to measure`);
}

/** Sorts what does not hold to the front, and the rest by its distance to the limit. */
function closeness(value: GateValue, check: RunCheck): number {
  if (!value.holds) return Number.NEGATIVE_INFINITY;
  if (check.kind !== 'metrics' || typeof value.value !== 'number') return 0;
  const condition = check.conditions.find(({ metric }) => metric === value.metric);
  return condition === undefined ? 0 : Math.abs(value.value - condition.limit);
}
