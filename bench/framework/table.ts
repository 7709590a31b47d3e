import type { MeasuredContender } from './report.ts';
import { type Metric, metrics } from './row.ts';
import type { RowResult, SummarizedComparison } from './summary.ts';

/** What a table shows of a row, just measured or read from a file. */
export interface RenderedRow
  extends Pick<RowResult, 'name' | 'title' | 'target' | 'columns' | 'notes'> {
  readonly contenders: readonly MeasuredContender[];
  readonly comparisons: readonly RenderedComparison[];
}

type RenderedComparison = Omit<SummarizedComparison, 'byRound'>;

/** A row as Markdown: it reads as well in a terminal as in bench/results/README.md. */
export function renderRow(row: RenderedRow): string {
  const columns = row.columns.filter((metric) =>
    row.contenders.some(({ medians }) => medians[metric] !== undefined),
  );
  const figures = markdownTable(
    ['', ...columns.map((metric) => metrics[metric].label)],
    row.contenders.map(({ name, medians, spread }) => [
      name,
      ...columns.map((metric, index) =>
        cell(metric, medians[metric], index === 0 ? spread[metric] : undefined),
      ),
    ]),
  );
  const judged = markdownTable(
    ['ours', 'metric', 'beside', 'value', 'must', 'aim', 'met'],
    row.comparisons.map((comparison) => [
      comparison.ours,
      metrics[comparison.metric].label,
      comparison.against ?? '(by itself)',
      comparisonValue(comparison),
      bound(comparison, comparison.must),
      bound(comparison, comparison.aim),
      verdictOf(comparison),
    ]),
  );
  const notes = row.notes.map((note) => `- ${note}`).join('\n');
  return [`### ${row.target}. ${row.title} (\`${row.name}\`)`, figures, judged, notes]
    .filter((part) => part !== '')
    .join('\n\n');
}

function cell(metric: Metric, value: number | undefined, spread: number | undefined): string {
  if (value === undefined) return '';
  const text = formatMetric(metric, value);
  return spread === undefined ? text : `${text} ±${Math.round(spread * 50)} %`;
}

export function formatMetric(metric: Metric, value: number): string {
  const shown = metric === 'bytesPerSec' ? value / 1e6 : value;
  const digits = Math.abs(shown) >= 100 ? 0 : Math.abs(shown) >= 10 ? 1 : 2;
  return Number(shown.toFixed(digits)).toLocaleString('en', { maximumFractionDigits: digits });
}

function comparisonValue({ value, against, metric }: RenderedComparison): string {
  if (value === null) return 'not measured';
  return against === undefined ? formatMetric(metric, value) : `${value.toFixed(2)} ×`;
}

function bound({ metric, against }: RenderedComparison, value: number | undefined): string {
  if (value === undefined) return '';
  const sign = metrics[metric].better === 'higher' ? '≥' : '≤';
  return `${sign} ${against === undefined ? formatMetric(metric, value) : `${value} ×`}`;
}

function verdictOf({ met, aimMet }: RenderedComparison): string {
  if (met === null) return aimMet === null ? '' : aimMet ? 'aim met' : 'aim not met';
  if (!met) return '**not met**';
  return aimMet ? 'met, and the aim' : 'met';
}

export function markdownTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  if (lines.length === 0) return '';
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...lines.map((line) => line[column]!.length)),
  );
  const render = (line: readonly string[]): string =>
    `| ${line.map((text, column) => (column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [render(head), rule, ...lines.map(render)].join('\n');
}
