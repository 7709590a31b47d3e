import type { GateResult } from '../../loadtest/internal.ts';
import { duration } from '../shared/format.ts';
import { escapeMarkdown, markdownTable } from '../shared/markdown.ts';
import { measuredText, outcomeText } from './words.ts';

/** A gate as Markdown, for a release's page. Ends with a line break. */
export function renderGateMarkdown(gate: GateResult): string {
  const { environment: machine } = gate;
  const rows = gate.rows.map((row) => [
    marks[row.status],
    row.title,
    row.requirement,
    measuredText(row),
    row.evidence.join(', '),
  ]);
  const reasons = gate.rows.flatMap(({ title, reasons: all }) =>
    all.map((reason) => `- ${escapeMarkdown(`${title}: ${reason}`)}`),
  );
  const commit = machine.commit === null ? '' : `, commit ${machine.commit.slice(0, 12)}`;
  return `${[
    `### ${escapeMarkdown(outcomeText(gate))}`,
    escapeMarkdown(gate.title),
    markdownTable(['', 'row', 'requirement', 'measured', 'evidence'], rows),
    reasons.join('\n'),
    `${gate.timestamp}, ${duration(gate.duration_ms)}, memobuild ${machine.memobuild_version}${commit}, ${machine.cpu_count} × ${escapeMarkdown(machine.cpu_model ?? 'CPU')}`,
  ]
    .filter((section) => section !== '')
    .join('\n\n')}\n`;
}

const marks: Readonly<Record<GateResult['rows'][number]['status'], string>> = {
  PASS: '✅ PASS',
  FAIL: '❌ FAIL',
  'NOT RUN': '❌ NOT RUN',
  'NO ANSWER': '❌ NO ANSWER',
  VOID: '❔ VOID',
  INCONCLUSIVE: '❔ INCONCLUSIVE',
  'LEFT OUT': '➖ LEFT OUT',
};
