import type {
  Comparison,
  ComparisonAnswer,
  ComparisonReport,
  ComparisonRow,
} from '../../loadtest/internal.ts';
import { escapeXml } from '../plots/draw-svg.ts';
import { htmlTable } from '../plots/html-report.ts';
import {
  comparisonCells,
  comparisonHeads,
  describeMethod,
  describeSides,
  nextStep,
  obstacles,
} from './words.ts';

/** A comparison as a part of a page in the style of the HTML report. */
export function renderComparisonHtml(report: ComparisonReport): string {
  const missing = report.missing.map(
    ({ scenario, side }) => `<p>${escapeXml(`${scenario}: ${side} has no such run`)}</p>`,
  );
  return [...report.comparisons.map(renderOne), ...missing].join('\n');
}

/** Coloured as the verdicts of a run are. */
const answerClass = {
  regression: 'fail',
  'no regression': 'pass',
  inconclusive: 'investigate',
  'not comparable': 'void',
} satisfies Record<ComparisonAnswer, string>;

const rowMark = {
  better: '✓ better',
  worse: '✗ worse',
  'within noise': 'within noise',
  inconclusive: '? inconclusive',
} satisfies Record<ComparisonRow['verdict'], string>;

function renderOne(comparison: Comparison): string {
  const { name, answer, rows, reasons, forced } = comparison;
  const next = nextStep(comparison);
  const head = name === undefined ? '' : `<h2>${escapeXml(name)}</h2>`;
  return [
    head,
    `<p class="verdict ${answerClass[answer]}"><strong>${answer.toUpperCase()}</strong></p>`,
    paragraph(describeSides(comparison)),
    forced
      ? paragraph(
          'Forced: the configurations of these runs differ, so the figures may mean little.',
        )
      : '',
    list(obstacles(comparison)),
    rows.length === 0
      ? ''
      : htmlTable([
          comparisonHeads,
          ...rows.map((row) => [...comparisonCells(row).slice(0, -1), rowMark[row.verdict]]),
        ]),
    list(reasons),
    paragraph(describeMethod(comparison)),
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
