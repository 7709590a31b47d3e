import type { Histogram } from 'hdr-histogram-js';
import { maxOf } from '../../core/index.ts';
import { count, latency } from '../shared/format.ts';

const barsMost = 9;

/**
 * A histogram for a terminal: bars of geometrically growing width from P1 to P99.9, the first with
 * all that is faster and the last with all that is slower. One line per bar.
 */
export function latencyBars(histogram: Histogram, width: number): string[] {
  const bounds = boundsUs(histogram);
  const below = bounds.map((boundUs) => countAtOrBelow(histogram, boundUs));
  const bars = [...below, histogram.totalCount].map(
    (total, index) => total - (index === 0 ? 0 : below[index - 1]!),
  );
  if (bars.at(-1) === 0) bars.pop();
  const most = maxOf(bars);
  const barWidth = Math.max(10, Math.min(48, width - 30));
  return bars.map((bar, index) => {
    const bound = bounds[index];
    const label =
      bound === undefined ? `> ${latency(bounds.at(-1)! / 1000)}` : `≤ ${latency(bound / 1000)}`;
    const length = bar === 0 ? 0 : Math.max(1, Math.round((barWidth * bar) / most));
    return `  ${label.padStart(11)}  ${'■'.repeat(length)}${length === 0 ? '' : ' '}${count(bar)}`;
  });
}

/** Upper bounds of all bars but the last, to two digits, rising. */
function boundsUs(histogram: Histogram): number[] {
  const low = Math.max(1, histogram.getValueAtPercentile(1));
  const high = Math.max(low, histogram.getValueAtPercentile(99.9));
  const steps = barsMost - 1;
  const bounds = Array.from({ length: steps }, (_, index) =>
    roundedUp(low * (high / low) ** ((index + 1) / steps)),
  );
  return [...new Set(bounds)];
}

/** Rounds up to two digits, so that the last bound is never below the value it was made from. */
function roundedUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}

/** How many values lie at or below: the library answers the value of a rank, so the rank is searched. */
function countAtOrBelow(histogram: Histogram, valueUs: number): number {
  const total = histogram.totalCount;
  let low = 0;
  let high = total;
  while (low < high) {
    const rank = Math.ceil((low + high) / 2);
    // Half a rank lower, so that rounding in the library cannot reach the next one.
    if (histogram.getValueAtPercentile((100 * (rank - 0.5)) / total) <= valueUs) low = rank;
    else high = rank - 1;
  }
  return low;
}
