import { isSingleRun, type LoadTestResult, runsOf } from '../result/model/load-test-result.ts';
import type { LabelledRun } from './comparability.ts';
import {
  type Comparison,
  type ComparisonAnswer,
  type ComparisonOptions,
  compareRuns,
} from './compare-runs.ts';

/** A result file, read. */
export interface LoadedResult {
  readonly path: string;
  readonly read: LoadTestResult;
}

/** Two sides of files, compared scenario by scenario. */
export interface ComparisonReport {
  readonly answer: ComparisonAnswer;
  readonly comparisons: readonly Comparison[];
  /** Scenarios that only one side has. */
  readonly missing: readonly { readonly scenario: string; readonly side: 'base' | 'new' }[];
}

/**
 * Compares files of single runs with each other; where a file holds a suite, scenario by scenario.
 * The answer is the worst one: regression, not comparable, inconclusive, no regression.
 */
export function compareFiles(
  base: readonly LoadedResult[],
  next: readonly LoadedResult[],
  options: ComparisonOptions = {},
): ComparisonReport {
  const isSuite = [...base, ...next].some(({ read }) => !isSingleRun(read));
  const [from, to] = [groupRuns(base, isSuite), groupRuns(next, isSuite)];
  const names = [...new Set([...from.keys(), ...to.keys()])];
  const missing = names.flatMap((scenario) => [
    ...(from.has(scenario) ? [] : [{ scenario, side: 'base' as const }]),
    ...(to.has(scenario) ? [] : [{ scenario, side: 'new' as const }]),
  ]);
  const comparisons = names.flatMap((name) => {
    const [a, b] = [from.get(name), to.get(name)];
    return a === undefined || b === undefined ? [] : [compareRuns(a, b, options)];
  });
  const answers = comparisons.map(({ answer }) => answer);
  if (comparisons.length === 0 || (missing.length > 0 && options.force !== true)) {
    answers.push('not comparable');
  }
  const answer = worstFirst.find((candidate) => answers.includes(candidate))!;
  return { answer, comparisons, missing };
}

const worstFirst: readonly ComparisonAnswer[] = [
  'regression',
  'not comparable',
  'inconclusive',
  'no regression',
];

/** By scenario, where there are suites; else all of a side together, so that a wrong one is named. */
function groupRuns(files: readonly LoadedResult[], isSuite: boolean): Map<string, LabelledRun[]> {
  const groups = new Map<string, LabelledRun[]>();
  for (const { path, read } of files) {
    for (const result of runsOf(read)) {
      const name = result.name ?? '';
      const group = isSuite ? name : '';
      const label = isSingleRun(read) ? path : `${path} (${name})`;
      const members = groups.get(group);
      if (members === undefined) groups.set(group, [{ label, result }]);
      else members.push({ label, result });
    }
  }
  return groups;
}
