import type {
  Comparison,
  ComparisonAnswer,
  ComparisonReport,
  ComparisonRow,
} from '../../loadtest/internal.ts';
import { type JUnitCase, type JUnitSuite, renderJUnit } from '../shared/junit.ts';
import { comparisonCells, describeSides, nextStep, obstacles } from './words.ts';

/**
 * A comparison as JUnit: a suite for each scenario, a case for its answer and one for each row. An
 * inconclusive row is skipped, so that it shows without failing; runs that can't be compared are an
 * error.
 */
export function renderComparisonJUnit(report: ComparisonReport, now: Date = new Date()): string {
  const timestamp = now.toISOString();
  const suiteOf = (name: string | undefined, cases: readonly JUnitCase[]): JUnitSuite => ({
    name: name ?? 'base against new',
    timestamp,
    durationMs: 0,
    cases,
  });
  const compared = report.comparisons.map((one) =>
    suiteOf(one.name, [answerCase(one), ...one.rows.map(rowCase)]),
  );
  const missing = report.missing.map(({ scenario, side }) =>
    suiteOf(scenario, [
      { name: answerName, status: 'error', message: `NOT COMPARABLE: ${side} has no such run` },
    ]),
  );
  return renderJUnit('memobuild compare', [...compared, ...missing]);
}

const answerName = 'no regression';

const statuses: Readonly<Record<ComparisonAnswer, JUnitCase['status']>> = {
  'no regression': 'passed',
  regression: 'failed',
  inconclusive: 'skipped',
  'not comparable': 'error',
};

function answerCase(comparison: Comparison): JUnitCase {
  const { answer, reasons } = comparison;
  const why = [...obstacles(comparison), ...reasons];
  const next = nextStep(comparison);
  return {
    name: answerName,
    status: statuses[answer],
    message: [answer.toUpperCase(), ...why.slice(0, 1)].join(': '),
    details: [describeSides(comparison), ...why, ...(next === undefined ? [] : [next])],
  };
}

function rowCase(row: ComparisonRow): JUnitCase {
  const [label = '', base, next, change, interval, p, smallest] = comparisonCells(row);
  const seen = `${base} to ${next}, ${change}`;
  return {
    name: label,
    status: rowStatuses[row.verdict],
    message: `${row.verdict}: ${seen}`,
    details: [
      `${row.verdict}: ${seen}`,
      `95 % ${interval}, p ${p}, minimum detectable ${smallest}`,
    ],
  };
}

const rowStatuses: Readonly<Record<ComparisonRow['verdict'], JUnitCase['status']>> = {
  better: 'passed',
  worse: 'failed',
  'within noise': 'passed',
  inconclusive: 'skipped',
};
