import type { Comparison, ComparisonReport, ComparisonRow } from '../../loadtest/internal.ts';
import { blocksOf, missingRuns, type RowBlock } from './blocks.ts';
import { comparisonHeads } from './words.ts';

/** A comparison as Markdown, for a job's summary or a pull request. Ends without a line break. */
export function renderComparisonMarkdown(report: ComparisonReport): string {
  const missing = missingRuns(report).map((text) => `**NOT COMPARABLE** ${escaped(text)}`);
  return [...report.comparisons.map(renderOne), ...missing].join('\n\n');
}

const marks = {
  better: '✅ better',
  worse: '❌ **worse**',
  'within noise': 'within noise',
  inconclusive: '❔ inconclusive',
} satisfies Record<ComparisonRow['verdict'], string>;

function renderOne(comparison: Comparison): string {
  const { name, answer } = comparison;
  const { sides, method, forced, rows, reasons, next, ...blocks } = blocksOf(comparison);
  const sections = [
    `### ${answer.toUpperCase()}${name === undefined ? '' : ` – ${escaped(name)}`}`,
    escaped(sides),
    forced === undefined ? '' : `**FORCED: ${forced}.**`,
    list(blocks.obstacles),
    rows.length === 0 ? '' : markdownTable(rows),
    list(reasons),
    escaped(method),
    next === undefined ? '' : escaped(next),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function markdownTable(rows: readonly RowBlock[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(comparisonHeads),
    line(comparisonHeads.map((_, column) => (column === 0 || column === 7 ? '---' : '---:'))),
    ...rows.map(({ figures, verdict }) => line([...figures.map(escaped), marks[verdict]])),
  ].join('\n');
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escaped(item)}`).join('\n');
}

/** File names come from outside: none may end a cell or start markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&').replaceAll('\n', ' ');
}
