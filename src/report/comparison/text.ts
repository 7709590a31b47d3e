import type {
  Comparison,
  ComparisonAnswer,
  ComparisonReport,
  ComparisonRow,
  OverallVerdict,
} from '../../loadtest/internal.ts';
import { type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { blocksOf, missingRuns, type RowBlock } from './blocks.ts';
import { comparisonHeads, verdictOfAnswer } from './words.ts';

/** A comparison for a terminal, answer first and last. No line break at the end. */
export function renderComparison(report: ComparisonReport, style: Style): string {
  const blocks = report.comparisons.map((comparison) => renderOne(comparison, style));
  blocks.push(...missingRuns(report).map((text) => style.warn(text)));
  if (report.comparisons.length > 1) blocks.push(answerText(report.answer, style));
  return blocks.join('\n\n');
}

const rowAsVerdict = {
  better: 'PASS',
  worse: 'FAIL',
  inconclusive: 'INVESTIGATE',
  'within noise': undefined,
} satisfies Record<ComparisonRow['verdict'], OverallVerdict | undefined>;

function renderOne(comparison: Comparison, style: Style): string {
  const { name, answer } = comparison;
  const { sides, method, forced, rows, reasons, next, ...blocks } = blocksOf(comparison);
  const paragraph = (text: string): string => `  ${wrap(text, style.width, 2)}`;
  const item = (text: string): string => `  - ${wrap(text, style.width, 4)}`;
  const lines = [
    `${answerText(answer, style)}${name === undefined ? '' : `  ${name}`}`,
    paragraph(sides),
    paragraph(method),
    ...(forced === undefined ? [] : [style.warn(`  FORCED: ${forced}`)]),
    ...blocks.obstacles.map(item),
    ...(rows.length === 0 ? [] : ['', rowTable(rows, style)]),
    '',
    ...reasons.map(item),
    ...(next === undefined ? [] : [wrap(next, style.width, 0)]),
    answerText(answer, style),
  ];
  return lines.filter((line, at) => line !== '' || lines[at - 1] !== '').join('\n');
}

function answerText(answer: ComparisonAnswer, style: Style): string {
  return style.bold(style.verdict(verdictOfAnswer[answer], answer.toUpperCase()));
}

/** In a narrower terminal, interval and p are left out. */
const fullWidth = 100;
const wideColumns = new Set([4, 5]);

function rowTable(rows: readonly RowBlock[], style: Style): string {
  const body = rows.map(({ figures, verdict }) => {
    const shown = rowAsVerdict[verdict];
    return [...figures, shown === undefined ? style.dim(verdict) : style.verdict(shown, verdict)];
  });
  const heads = comparisonHeads.map((text) => style.dim(text));
  const shown = [heads, ...body].map((cells) =>
    cells.filter((_, column) => style.width >= fullWidth || !wideColumns.has(column)),
  );
  const right = new Array<'right'>(style.width >= fullWidth ? 6 : 4).fill('right');
  return table(shown, ['left', ...right]);
}
