import type { GateResult } from '../../loadtest/internal.ts';
import { type JUnitCase, renderJUnit } from '../shared/junit.ts';
import { measuredText } from './words.ts';

/** A gate as JUnit: one test case per row. What was not run counts as not met, so it fails. */
export function renderGateJUnit(gate: GateResult): string {
  const cases = gate.rows.map((row): JUnitCase => {
    const details = [
      `required: ${row.requirement}`,
      `measured: ${measuredText(row)}`,
      ...row.reasons,
      ...row.evidence.map((file) => `evidence: ${file}`),
    ];
    const message = `${row.status}: ${row.reasons[0] ?? measuredText(row)}`;
    return { name: row.title, status: statuses[row.status], message, details };
  });
  const { checklist, timestamp, duration_ms: durationMs } = gate;
  const decides = gate.release_decision ? '' : ' (not a release decision)';
  return renderJUnit('memobuild gate', [
    { name: `gate ${checklist}${decides}`, timestamp, durationMs, cases },
  ]);
}

const statuses: Readonly<Record<GateResult['rows'][number]['status'], JUnitCase['status']>> = {
  PASS: 'passed',
  FAIL: 'failed',
  'NOT RUN': 'failed',
  'NO ANSWER': 'error',
  VOID: 'error',
  INCONCLUSIVE: 'error',
  'LEFT OUT': 'skipped',
};
