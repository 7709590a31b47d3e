import type { Comparison, ComparisonReport, ComparisonRow } from '../../loadtest/internal.ts';
import { escapeXml } from '../plots/draw-svg.ts';
import { htmlTable } from '../plots/html-report.ts';
import { blocksOf, missingRuns } from './blocks.ts';
import { comparisonHeads, verdictOfAnswer } from './words.ts';

/** A comparison as a part of a page in the style of the HTML report. */
export function renderComparisonHtml(report: ComparisonReport): string {
  const missing = missingRuns(report).map(paragraph);
  return [...report.comparisons.map(renderOne), ...missing].join('\n');
}

const rowMark = {
  better: '✓ better',
  worse: '✗ worse',
  'within noise': 'within noise',
  inconclusive: '? inconclusive',
} satisfies Record<ComparisonRow['verdict'], string>;

function renderOne(comparison: Comparison): string {
  const { name, answer } = comparison;
  const { sides, method, forced, rows, reasons, next, ...blocks } = blocksOf(comparison);
  return [
    name === undefined ? '' : `<h2>${escapeXml(name)}</h2>`,
    `<p class="verdict ${verdictOfAnswer[answer].toLowerCase()}"><strong>${answer.toUpperCase()}</strong></p>`,
    paragraph(sides),
    forced === undefined ? '' : paragraph(`Forced: ${forced}.`),
    list(blocks.obstacles),
    rows.length === 0
      ? ''
      : htmlTable([
          comparisonHeads,
          ...rows.map(({ figures, verdict }) => [...figures, rowMark[verdict]]),
        ]),
    list(reasons),
    paragraph(method),
    next === undefined ? '' : paragraph(next),
  ].join('\n');
}

function paragraph(text: string): string {
  return `<p>${escapeXml(text)}</p>`;
}

function list(items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<ul>${items.map((item) => `<li>${escapeXml(item)}</li>`).join('')}</ul>`;
}
