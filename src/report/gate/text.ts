import type { GateResult, OverallVerdict } from '../../loadtest/internal.ts';
import { duration } from '../shared/format.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { measuredText, outcomeText } from './words.ts';

type GateStatus = GateResult['rows'][number]['status'];

/** A gate for a terminal: one line per row with its evidence, the problems of rows, the outcome. */
export function renderGate(
  gate: GateResult,
  style: Style,
  closing: readonly string[] = [],
): string {
  const heads = ['', 'row', 'requirement', 'measured', 'evidence'];
  const rows = gate.rows.map((row) => [
    style.verdict(tones[row.status], row.status),
    row.title,
    row.requirement,
    measuredText(row),
    evidenceText(row.evidence),
  ]);
  const reasons = gate.rows.flatMap((row) =>
    row.reasons.map((reason) => `  - ${wrap(`${row.title}: ${reason}`, style.width, 4)}`),
  );
  const outcome = outcomeText(gate);
  const word = gate.outcome;
  return [
    '',
    `${style.bold(gate.title)}  ${style.dim(duration(gate.duration_ms))}`,
    table([heads.map((text) => (text === '' ? '' : style.dim(text))), ...rows]),
    ...(reasons.length === 0 ? [] : ['', ...reasons]),
    '',
    ...closing,
    `${style.bold(style.verdict(outcomeTones[word], word))}${outcome.slice(word.length)}`,
  ].join('\n');
}

const tones: Readonly<Record<GateStatus, OverallVerdict>> = {
  PASS: 'PASS',
  FAIL: 'FAIL',
  'NOT RUN': 'FAIL',
  'NO ANSWER': 'NO ANSWER',
  VOID: 'VOID',
  INCONCLUSIVE: 'INCONCLUSIVE',
  'LEFT OUT': 'INVESTIGATE',
};

const outcomeTones: Readonly<Record<GateResult['outcome'], OverallVerdict>> = {
  MET: 'PASS',
  'NOT MET': 'FAIL',
  'NO ANSWER': 'NO ANSWER',
  VOID: 'VOID',
  INCONCLUSIVE: 'INCONCLUSIVE',
  INTERRUPTED: 'INTERRUPTED',
};

function evidenceText(files: readonly string[]): string {
  const [first, ...more] = files;
  if (first === undefined) return '';
  return more.length === 0 ? first : `${first} + ${more.length}`;
}
