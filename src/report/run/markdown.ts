import {
  type LoadTestResult,
  loopNameOf,
  type OverallVerdict,
  type RunResult,
  recordedLoadOf,
  type SuiteResult,
} from '../../loadtest/internal.ts';
import { answerOf } from '../capacity/text.ts';
import { count, duration, figure, measuredText, signed } from '../shared/format.ts';
import { escapeMarkdown, markdownTable } from '../shared/markdown.ts';
import { suiteColumns } from './suite-columns.ts';

/** A result as Markdown, for a job's page. Ends with a line break. */
export function renderResultMarkdown(loaded: LoadTestResult): string {
  const sections = sectionsOf(loaded);
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function sectionsOf(loaded: LoadTestResult): string[] {
  switch (loaded.kind) {
    case 'run':
    case 'replay':
      return runSections(loaded.result);
    case 'suite':
    case 'scaling':
      return suiteSections(loaded.result);
    case 'capacity':
      return suiteSections(loaded.result, answerOf(loaded.result.capacity));
  }
}

const marks: Readonly<Record<OverallVerdict, string>> = {
  PASS: '✅ PASS',
  INVESTIGATE: '⚠️ INVESTIGATE',
  FAIL: '❌ FAIL',
  'NO ANSWER': '❌ NO ANSWER',
  VOID: '❔ VOID',
  INCONCLUSIVE: '❔ INCONCLUSIVE',
  INTERRUPTED: '❔ INTERRUPTED',
};

function suiteSections(
  { scenarios, verdict }: Pick<SuiteResult, 'scenarios' | 'verdict'>,
  answer = '',
): string[] {
  // A pull request's page is narrower than a terminal.
  const columns = suiteColumns.filter(({ head }) => head !== 'P50');
  const heads = ['scenario', ...columns.map(({ head }) => head), ''];
  const rows = scenarios.map((run) => [
    run.name ?? '',
    ...columns.map(({ cell }) => cell(run)),
    marks[run.verdict.verdict],
  ]);
  return [
    `### ${marks[verdict.verdict]} – load test, ${scenarios.length} runs`,
    escapeMarkdown(answer),
    markdownTable(heads, rows, ['left', ...columns.map(() => 'right' as const)]),
    list(verdict.reasons),
  ];
}

function runSections(run: RunResult): string[] {
  const { verdict, config } = run;
  const rows = verdict.rows.map((row) => [
    row.label,
    row.requirement,
    measuredText(row),
    signed(row.margin, row.unit),
    marks[row.verdict],
  ]);
  const how = recordedLoadOf(run).kind === 'closed' ? '' : `, ${loopNameOf(run)}`;
  return [
    `### ${marks[verdict.verdict]} – load test${run.name === null ? '' : ` ${escapeMarkdown(run.name)}`}`,
    `${count(config.num_clients)} clients${how}, ${duration(run.duration_ms)}, ${count(run.operations.total)} operations, ${figure(run.throughput_ops_per_sec)} ops/s`,
    markdownTable(['metric', 'requirement', 'measured', 'margin', ''], rows, [
      'left',
      'left',
      'right',
      'right',
    ]),
    list(verdict.reasons),
    list(verdict.notes),
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
}
