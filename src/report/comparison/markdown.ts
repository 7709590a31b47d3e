import type { Comparison, ComparisonReport, ComparisonRow } from '../../loadtest/internal.ts';
import {
  comparisonCells,
  comparisonHeads,
  describeMethod,
  describeSides,
  nextStep,
  obstacles,
} from './words.ts';

/** A comparison as Markdown, for a job's summary or a pull request. Ends without a line break. */
export function renderComparisonMarkdown(report: ComparisonReport): string {
  const missing = report.missing.map(
    ({ scenario, side }) => `**NOT COMPARABLE** ${escaped(scenario)}: ${side} has no such run`,
  );
  return [...report.comparisons.map(renderOne), ...missing].join('\n\n');
}

const marks = {
  better: '✅ better',
  worse: '❌ **worse**',
  'within noise': 'within noise',
  inconclusive: '❔ inconclusive',
} satisfies Record<ComparisonRow['verdict'], string>;

function renderOne(comparison: Comparison): string {
  const { name, answer, rows, reasons, forced } = comparison;
  const next = nextStep(comparison);
  const sections = [
    `### ${answer.toUpperCase()}${name === undefined ? '' : ` – ${escaped(name)}`}`,
    escaped(describeSides(comparison)),
    ...(forced
      ? ['**FORCED: the configurations of these runs differ, so the figures may mean little.**']
      : []),
    list(obstacles(comparison)),
    rows.length === 0 ? '' : markdownTable(rows),
    list(reasons),
    escaped(describeMethod(comparison)),
    next === undefined ? '' : escaped(next),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function markdownTable(rows: readonly ComparisonRow[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(comparisonHeads),
    line(comparisonHeads.map((_, column) => (column === 0 || column === 7 ? '---' : '---:'))),
    ...rows.map((row) =>
      line([...comparisonCells(row).slice(0, -1).map(escaped), marks[row.verdict]]),
    ),
  ].join('\n');
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${escaped(item)}`).join('\n');
}

/** File names come from outside: none may end a cell or start markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&').replaceAll('\n', ' ');
}
