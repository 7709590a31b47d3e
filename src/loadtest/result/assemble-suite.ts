import { type OverallVerdict, suiteVerdict } from '../verdict/judge.ts';
import type { RunResult } from './model/run.ts';
import { resultSchemaVersion } from './model/schema-version.ts';
import type { SuiteResult } from './model/suite.ts';

/** Puts a suite's runs into one result. `missing`: why scenarios are missing, if any are. */
export function assembleSuite(
  runs: readonly RunResult[],
  startedAt: Date,
  missing?: { readonly reason: string; readonly interrupted: boolean },
): SuiteResult {
  const verdicts = runs.map(({ verdict }) => verdict);
  const worst = suiteVerdict(
    missing === undefined
      ? verdicts
      : [...verdicts, { verdict: missing.interrupted ? 'INTERRUPTED' : 'NO ANSWER', rows: [] }],
  );
  const reasons = runs
    .filter(({ verdict }) => verdict.verdict !== 'PASS')
    .map(({ name, verdict }) => `${name}: ${verdict.verdict}: ${verdict.reasons.join('; ')}`);
  return {
    schema_version: resultSchemaVersion,
    timestamp: startedAt.toISOString(),
    scenarios: runs,
    verdict: {
      verdict: worst satisfies OverallVerdict,
      reasons: missing === undefined ? reasons : [...reasons, missing.reason],
    },
  };
}
