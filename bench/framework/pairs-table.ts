import type { PairedRatio } from './paired-ratio.ts';
import { type Metric, metrics } from './row.ts';
import type { PairedFigure, PairedResult } from './run-pairs.ts';
import { formatMetric, markdownTable } from './table.ts';

/** The results of one contender on two checkouts, as Markdown. */
export function renderPairs({
  row,
  title,
  contender,
  figures,
  errors,
  pairs,
}: PairedResult): string {
  const known = Object.entries(figures) as [Metric, PairedFigure][];
  const table = markdownTable(
    ['', 'this', 'other', 'this/other', 'interval', 'this is'],
    [
      ...known.map(([metric, figure]) => [
        metrics[metric].label,
        formatMetric(metric, figure.this),
        formatMetric(metric, figure.other),
        figure.ratio.toFixed(3),
        intervalOf(figure, pairs.length),
        verdictOf(metric, figure),
      ]),
      ['errors', String(errors.this), String(errors.other), '', '', ''],
    ],
  );
  return `### ${title} (\`${row}\`): ${contender}\n\n${table}`;
}

function intervalOf({ low, high, level, pairs }: PairedFigure, asked: number): string {
  const text = `${low.toFixed(3)} to ${high.toFixed(3)} (${(level * 100).toFixed(1)} %)`;
  return pairs === asked ? text : `${text}, ${pairs} of ${asked} pairs`;
}

/** What the interval says of this checkout: nothing where it holds 1. */
export function verdictOf(metric: Metric, { low, high }: PairedRatio): PairVerdict {
  if (low <= 1 && high >= 1) return 'no difference shown';
  return low > 1 === (metrics[metric].better === 'higher') ? 'better' : 'worse';
}

export type PairVerdict = 'better' | 'worse' | 'no difference shown';
