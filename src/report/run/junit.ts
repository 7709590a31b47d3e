import type {
  CapacitySearchResult,
  ClientRampResult,
  LoadTestResult,
  OverallVerdict,
  RunResult,
  SuiteResult,
} from '../../loadtest/internal.ts';
import { rowVerdicts } from '../../loadtest/internal.ts';
import { answerOf } from '../capacity/text.ts';
import { measuredText } from '../shared/format.ts';
import { type JUnitCase, type JUnitSuite, renderJUnit } from '../shared/junit.ts';

/**
 * A result as JUnit: a suite for each run, a case for each row of its verdict. A VOID run has one
 * case more, which is an error. INVESTIGATE passes, and fails where `strict`.
 */
export function renderResultJUnit(
  loaded: LoadTestResult,
  { strict }: { readonly strict: boolean },
): string {
  return renderJUnit('memobuild loadtest', suitesOf(loaded, strict));
}

function suitesOf(loaded: LoadTestResult, strict: boolean): JUnitSuite[] {
  switch (loaded.kind) {
    case 'run':
    case 'replay':
      return [suiteOf(loaded.result, strict)];
    case 'suite':
    case 'scaling': {
      const suites = loaded.result.scenarios.map((run) => suiteOf(run, strict));
      return [...suites, ...endOf(loaded.result)];
    }
    case 'capacity':
      return [searchOf(loaded.result, strict)];
  }
}

/** A search has one answer: that a rate was not met is what it looks for. */
function searchOf(
  { timestamp, scenarios, verdict, capacity }: CapacitySearchResult,
  strict: boolean,
): JUnitSuite {
  const name = 'capacity';
  const durationMs = scenarios.reduce((sum, run) => sum + run.duration_ms, 0);
  const message = answerOf(capacity);
  const details = [message, ...verdict.reasons];
  const word = verdict.verdict;
  const isGood = word === 'PASS' || (word === 'INVESTIGATE' && !strict);
  const status = word === 'FAIL' || word === 'INVESTIGATE' ? 'failed' : 'error';
  const found: JUnitCase = isGood
    ? { name, status: 'passed', details }
    : { name, status, message: `${word}: ${message}`, details };
  return { name, timestamp, durationMs, cases: [found] };
}

function suiteOf(run: RunResult, strict: boolean): JUnitSuite {
  const { verdict, timestamp, duration_ms: durationMs } = run;
  const rows = verdict.rows.map((row): JUnitCase => {
    const seen = `measured ${measuredText(row)}, required ${row.requirement}`;
    const isBad = row.verdict === 'FAIL' || (strict && row.verdict === 'INVESTIGATE');
    const name = `${row.label} ${row.requirement}`;
    const line = `${row.verdict}: ${seen}`;
    return isBad
      ? { name, status: 'failed', message: line, details: [seen] }
      : { name, status: 'passed', details: [line] };
  });
  return {
    name: run.name ?? 'load test',
    timestamp,
    durationMs,
    cases: [...generatorCases(verdict.verdict, verdict.reasons), ...rows],
  };
}

/** That the run says anything at all is a case of its own. */
function generatorCases(verdict: OverallVerdict, reasons: readonly string[]): JUnitCase[] {
  const name = 'the run can be judged';
  if (!saysNothing(verdict)) return [{ name, status: 'passed' }];
  return [{ name, status: 'error', message: `${verdict}: ${reasons[0] ?? ''}`, details: reasons }];
}

function saysNothing(verdict: OverallVerdict): boolean {
  return !(rowVerdicts as readonly string[]).includes(verdict);
}

/** A suite that ended early has scenarios without a result. */
function endOf({ timestamp, verdict, scenarios }: SuiteResult | ClientRampResult): JUnitSuite[] {
  const isMissing =
    saysNothing(verdict.verdict) &&
    scenarios.every((run) => run.verdict.verdict !== verdict.verdict);
  if (!isMissing) return [];
  const cases = generatorCases(verdict.verdict, verdict.reasons.slice(-1));
  return [{ name: 'suite', timestamp, durationMs: 0, cases }];
}
