import {
  loopNameOf,
  type OverallVerdict,
  type RunResult,
  recordedLoadOf,
  type SuiteResult,
} from '../../loadtest/index.ts';
import { answerOf } from '../capacity/text.ts';
import { count, duration, figure, inUnit, latency, percent, signed } from '../shared/format.ts';
import { escapeMarkdown, markdownTable } from '../shared/markdown.ts';

/** A result as Markdown, for a job's page. Ends with a line break. */
export function renderResultMarkdown(result: RunResult | SuiteResult): string {
  const sections = 'scenarios' in result ? suiteSections(result) : runSections(result);
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const marks: Readonly<Record<OverallVerdict, string>> = {
  PASS: '✅ PASS',
  INVESTIGATE: '⚠️ INVESTIGATE',
  FAIL: '❌ FAIL',
  VOID: '❔ VOID',
  INTERRUPTED: '❔ INTERRUPTED',
};

function suiteSections({ scenarios, verdict, capacity }: SuiteResult): string[] {
  const heads = [
    'scenario',
    'clients',
    'operations',
    'failed',
    'ops/s',
    'P95',
    'P99',
    'hit rate',
    '',
  ];
  const rows = scenarios.map((run) => [
    run.name ?? '',
    count(run.config.num_clients),
    count(run.operations.total),
    count(run.operations.failed),
    figure(run.throughput_ops_per_sec),
    latency(run.latency.p95_ms),
    latency(run.latency.p99_ms),
    percent(run.cache.hit_rate_percent),
    marks[run.verdict.verdict],
  ]);
  return [
    `### ${marks[verdict.verdict]} – load test, ${scenarios.length} runs`,
    capacity === undefined ? '' : escapeMarkdown(answerOf(capacity)),
    markdownTable(heads, rows, ['left', ...new Array<'right'>(7).fill('right')]),
    list(verdict.reasons),
  ];
}

function runSections(run: RunResult): string[] {
  const { verdict, config } = run;
  const rows = verdict.rows.map((row) => [
    row.label,
    row.requirement,
    inUnit(row.measured, row.unit),
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
