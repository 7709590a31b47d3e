import type { Check, Condition } from './checklist.ts';
import { type Comparator, gateMetrics } from './gate-metrics.ts';

/** A check in words, for a reader: `< 500 ms`. */
export function requirementOf(check: Check): string {
  switch (check.kind) {
    case 'verdict':
      return 'verdict PASS';
    case 'metrics':
      return check.conditions.map((condition) => conditionText(condition, check)).join(', ');
    case 'no_degradation':
      return 'no rise of latency or memory';
    case 'worker_exchange':
      return `0 failed operations, workers replaced ${check.exchangesLeast} times`;
    case 'out_of_reach':
      return `needs ${check.needs}`;
  }
}

const signs: Readonly<Record<Comparator, string>> = {
  above: '>',
  below: '<',
  at_least: '≥',
  at_most: '≤',
};

function conditionText(
  { metric, compare, limit }: Condition,
  { conditions }: { readonly conditions: readonly Condition[] },
): string {
  const { label, unit } = gateMetrics[metric];
  const amount = `${signs[compare]} ${limit.toLocaleString('en', { maximumFractionDigits: 3 })}`;
  const text = unit === '' ? amount : `${amount} ${unit}`;
  // The row's title names the metric of a single condition.
  return conditions.length === 1 && unit !== '' ? text : `${label} ${text}`;
}
