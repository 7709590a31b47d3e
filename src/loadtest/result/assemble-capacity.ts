import { messageOf } from '../../core/index.ts';
import type { OverallVerdict } from '../verdict/judge.ts';
import type {
  CapacityOutcome,
  CapacityResult,
  CapacityStepResult,
  CapacityStop,
} from './model/capacity.ts';
import type { RunResult } from './model/run.ts';
import { resultSchemaVersion } from './model/schema-version.ts';
import type { CapacitySearchResult } from './model/suite.ts';

/** Puts a search's steps and what was found into one result. */
export function assembleCapacity(search: FinishedSearch): CapacitySearchResult {
  const { runs, steps, findings, limits, startedAt } = search;
  const capacity: CapacityResult = {
    outcome: findings.outcome,
    stopped_by: findings.stoppedBy,
    highest_met: findings.highestMet ?? null,
    lowest_not_met: findings.lowestNotMet ?? null,
    lowest_void: findings.lowestVoid ?? null,
    broke: brokeAt(steps, findings.lowestNotMet),
    knee: kneeOf(steps),
    limits: {
      start_rate: limits.startRate,
      max_rate: limits.maxRate,
      step_duration_secs: limits.stepDurationSecs,
      step_duration_max_secs: limits.stepDurationMaxSecs,
      resolution: limits.resolution,
      steps_max: limits.stepsMax,
      search_duration_max_secs: limits.searchDurationMaxSecs,
    },
    steps,
  };
  return {
    schema_version: resultSchemaVersion,
    timestamp: startedAt.toISOString(),
    scenarios: runs,
    verdict: { verdict: verdictOf(capacity), reasons: reasonsOf(capacity, search.problem) },
    capacity,
  };
}

export interface FinishedSearch {
  /** One a step. */
  readonly runs: readonly RunResult[];
  readonly steps: readonly CapacityStepResult[];
  readonly findings: {
    readonly outcome: CapacityOutcome;
    readonly stoppedBy: CapacityStop;
    readonly highestMet: number | undefined;
    readonly lowestNotMet: number | undefined;
    readonly lowestVoid: number | undefined;
  };
  readonly limits: {
    readonly startRate: number;
    readonly maxRate: number;
    readonly stepDurationSecs: number;
    readonly stepDurationMaxSecs: number;
    readonly resolution: number;
    readonly stepsMax: number;
    readonly searchDurationMaxSecs: number;
  };
  readonly startedAt: Date;
  /** What ended the search, where the target was lost. */
  readonly problem?: unknown;
}

/** How many times its lowest P95 may be, and by how much, before it counts as a rise. */
const kneeFactor = 2;
const kneeMs = 1;

/** The last rate that was met before P95 rises above twice its lowest; `null` where it does not rise. */
export function kneeOf(steps: readonly CapacityStepResult[]): CapacityResult['knee'] {
  const lowest = new Map<number, number>();
  for (const { rate, verdict, p95_ms: p95Ms } of steps) {
    if (p95Ms === null || verdict === 'void' || verdict === 'interrupted') continue;
    // The better of two tries: the other one was a busy machine's, or is above as well.
    lowest.set(rate, Math.min(p95Ms, lowest.get(rate) ?? Number.POSITIVE_INFINITY));
  }
  const points = [...lowest].sort(([a], [b]) => a - b);
  let lowestMs = Number.POSITIVE_INFINITY;
  let flatUntil = -1;
  for (const [index, [, p95Ms]] of points.entries()) {
    lowestMs = Math.min(lowestMs, p95Ms);
    if (p95Ms <= Math.max(kneeFactor * lowestMs, lowestMs + kneeMs)) flatUntil = index;
  }
  const knee = points[flatUntil];
  if (knee === undefined || flatUntil === points.length - 1) return null;
  return { rate: knee[0], p95_ms: knee[1] };
}

/** The figures of the last try. */
function brokeAt(
  steps: readonly CapacityStepResult[],
  rate: number | undefined,
): CapacityResult['broke'] {
  return steps.findLast((step) => step.rate === rate && step.verdict === 'not_met')?.broke ?? [];
}

function verdictOf({
  outcome,
  stopped_by: stop,
  highest_met: met,
}: CapacityResult): OverallVerdict {
  switch (outcome) {
    case 'found':
    case 'above_max_rate':
      return 'PASS';
    case 'below_start_rate':
    case 'unsafe':
      return 'FAIL';
    case 'generator_limited':
      return 'VOID';
    case 'incomplete':
      if (stop === 'interrupted') return 'INTERRUPTED';
      if (stop === 'no_answer') return 'NO ANSWER';
      // Out of time or steps on the way up: the lower end is an answer, if not the whole one.
      return met !== null && (stop === 'time' || stop === 'steps') ? 'INVESTIGATE' : 'INCONCLUSIVE';
  }
}

function reasonsOf(capacity: CapacityResult, problem: unknown): string[] {
  const { outcome, lowest_void: voidFrom, limits, steps } = capacity;
  const last = steps.at(-1);
  switch (outcome) {
    case 'found':
    case 'above_max_rate':
      return [];
    case 'below_start_rate':
      return [`the criteria were not met at ${limits.start_rate} ops/s, the lowest rate`];
    case 'unsafe':
      return (last?.broke ?? []).map(({ text }) => text);
    case 'generator_limited': {
      const voidStep = steps.findLast(
        ({ rate, verdict }) => rate === voidFrom && verdict === 'void',
      );
      return (voidStep?.broke ?? []).map(({ text }) => `at ${voidFrom} ops/s ${text}`);
    }
    case 'incomplete':
      return [
        stopTexts[capacity.stopped_by] ?? '',
        problem === undefined ? '' : messageOf(problem),
      ].filter((text) => text !== '');
  }
}

const stopTexts: Partial<Record<CapacityStop, string>> = {
  interrupted: 'the search was interrupted',
  time: 'the search time elapsed before a rate failed to meet the criteria',
  steps: 'the search reached its maximum number of steps before a rate failed to meet the criteria',
  max_stored: 'the storage limit was reached',
  no_answer: 'the target stopped answering',
};
