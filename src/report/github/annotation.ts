import type {
  ComparisonReport,
  GateResult,
  LoadTestResult,
  OverallVerdict,
} from '../../loadtest/internal.ts';
import { missingRuns } from '../comparison/blocks.ts';
import { outcomeText } from '../gate/words.ts';

/** A message that GitHub shows at a job and at its pull request. */
export interface GitHubAnnotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
}

/**
 * The line by which a step says it to GitHub. Its form and its escapes are those of 'Workflow
 * commands for GitHub Actions'.
 */
export function annotationLine({ level, title, message }: GitHubAnnotation): string {
  const text = (value: string): string =>
    value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = text(title).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return `::${level} title=${property}::${text(message)}`;
}

const levels: Readonly<Record<OverallVerdict, GitHubAnnotation['level'] | undefined>> = {
  PASS: undefined,
  INVESTIGATE: 'warning',
  FAIL: 'error',
  'NO ANSWER': 'error',
  VOID: 'warning',
  INCONCLUSIVE: 'warning',
  INTERRUPTED: 'warning',
};

/** What a load test has to say; `undefined` for PASS. */
export function annotateResult({ result }: LoadTestResult): GitHubAnnotation | undefined {
  const { verdict, reasons } = result.verdict;
  const level = levels[verdict];
  if (level === undefined) return undefined;
  const name = 'name' in result && result.name !== null ? ` ${result.name}` : '';
  return { level, title: `Load test${name}`, message: [verdict, ...reasons].join('\n') };
}

/** The annotation of a comparison; `undefined` where there is no regression. */
export function annotateComparison(report: ComparisonReport): GitHubAnnotation | undefined {
  const { answer, comparisons } = report;
  if (answer === 'no regression') return undefined;
  const level = answer === 'inconclusive' ? 'warning' : 'error';
  const details = comparisons.flatMap(({ name, reasons, unfit }) =>
    [...reasons, ...unfit.map(({ label, reason }) => `${label}: ${reason}`)].map((reason) =>
      name === undefined ? reason : `${name}: ${reason}`,
    ),
  );
  const absent = missingRuns(report);
  const message = [answer.toUpperCase(), ...details, ...absent].join('\n');
  return { level, title: 'Base and new', message };
}

/** The annotation of a gate; `undefined` where it is met. */
export function annotateGate(gate: GateResult): GitHubAnnotation | undefined {
  if (gate.outcome === 'MET') return undefined;
  const level = gate.outcome === 'NOT MET' ? 'error' : (levels[gate.outcome] ?? 'warning');
  const rows = gate.rows.filter(({ status }) => status !== 'PASS' && status !== 'LEFT OUT');
  const reasons = rows.map(({ title, status }) => `${status}: ${title}`);
  return { level, title: 'Gate', message: [outcomeText(gate), ...reasons].join('\n') };
}
