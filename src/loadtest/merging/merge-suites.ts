import { minOf } from '../../core/index.ts';
import { LoadTestError } from '../errors.ts';
import { assembleSuite } from '../result/assemble-suite.ts';
import type { SuiteResult } from '../result/model/suite.ts';
import { mergeRuns } from './merge-runs.ts';

/** A suite, and what it is called in messages: its file. */
export interface LabelledSuite {
  readonly label: string;
  readonly result: SuiteResult;
}

/**
 * Makes one suite of those of several generators that ran the same scenarios at the same time: each
 * scenario is merged by {@link mergeRuns}, and the verdict is the worst of theirs.
 * @throws {LoadTestError} `not_mergeable`: fewer than two, one that was cut short, different
 *   scenarios, or a scenario whose runs do not belong together.
 */
export function mergeSuites(suites: readonly LabelledSuite[]): SuiteResult {
  const [first, ...others] = suites;
  if (first === undefined || others.length === 0) {
    throw new LoadTestError(
      'not_mergeable',
      'merging needs the results of at least two generators',
    );
  }
  const cut = suites.filter(isCut);
  if (cut.length > 0) {
    const list = cut.map(
      ({ label, result: { verdict } }) =>
        `${label} is not a whole suite: ${verdict.reasons.at(-1)}; run it again, or merge what each generator measured of one scenario (--scenario NAME)`,
    );
    throw new LoadTestError('not_mergeable', list.join('\n'));
  }
  const different = others.filter((suite) => namesOf(suite) !== namesOf(first));
  if (different.length > 0) {
    const list = [first, ...different].map((suite) => `${suite.label} has ${namesOf(suite)}`);
    const reason = `the suites hold different scenarios: ${list.join('; ')}`;
    throw new LoadTestError(
      'not_mergeable',
      `${reason}. Run each scenario by itself (--scenario NAME) on all generators, and merge those results`,
    );
  }
  const problems: string[] = [];
  const runs = first.result.scenarios.flatMap(({ name }, index) => {
    try {
      return mergeRuns(
        suites.map(({ label, result }) => ({ label, result: result.scenarios[index]! })),
      );
    } catch (error) {
      if (!(error instanceof LoadTestError)) throw error;
      problems.push(`${name}: ${error.message.replaceAll('\n', `\n${name}: `)}`);
      return [];
    }
  });
  if (problems.length > 0) throw new LoadTestError('not_mergeable', problems.join('\n'));
  const begun = suites.map(({ result }) => Date.parse(result.timestamp));
  return assembleSuite(runs, new Date(minOf(begun)));
}

/** Whether scenarios are missing: then the suite has a reason that none of its runs has. */
function isCut({ result: { scenarios, verdict } }: LabelledSuite): boolean {
  const ofRuns = scenarios.filter((run) => run.verdict.verdict !== 'PASS').length;
  return verdict.reasons.length > ofRuns;
}

function namesOf({ result }: LabelledSuite): string {
  return result.scenarios.map(({ name }) => name).join(', ') || 'none';
}
