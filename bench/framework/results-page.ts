import { renderMachine } from './machine.ts';
import type { BenchReport, MeasuredRow } from './report.ts';
import { renderRow } from './table.ts';

const begins = '<!-- the tables begin: npm run bench:check -- --accept writes them -->';
const ends = '<!-- the tables end -->';

/**
 * The page with the tables of a report in the place of those that it held.
 * @throws where the page has no such place.
 */
export function withTables(page: string, report: BenchReport): string {
  const [before, rest] = page.split(begins);
  const after = rest?.split(ends)[1];
  if (after === undefined) throw new Error('the page has no place for the tables');
  const tables = report.rows.map(renderMeasured).join('\n\n');
  return `${before}${begins}\n\n${tables}\n\n${ends}${after}`;
}

function renderMeasured(row: MeasuredRow): string {
  const machine = renderMachine(row.machine).replaceAll('\n', '; ');
  return `${renderRow(row)}\n\n${row.rounds} rounds of ${row.seconds} s; ${machine}.`;
}
