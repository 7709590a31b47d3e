import type { GateResult } from '../../loadtest/internal.ts';
import { figure, inUnit, nothing } from '../shared/format.ts';

type GateRow = GateResult['rows'][number];

/** What a row measured, in a cell: of several scenarios the one that is worst off. */
export function measuredText({ values }: GateRow): string {
  const [worst] = values;
  if (worst === undefined) return nothing;
  const scenarios = new Set(values.map(({ scenario }) => scenario));
  // Several figures of one run are shown side by side; for several runs the worst one is shown.
  if (scenarios.size === 1)
    return values.map((value) => valueText(value, values.length > 1)).join(', ');
  return `${valueText(worst, false)} (${worst.scenario})`;
}

/** One figure with its unit. */
export function valueText(value: GateRow['values'][number], withLabel: boolean): string {
  const text =
    typeof value.value === 'string'
      ? value.value
      : value.unit === 'points'
        ? `${figure(value.value)} points`
        : inUnit(value.value, value.unit);
  return withLabel ? `${text} ${value.unit === '' ? value.label : `(${value.label})`}` : text;
}

/** The last line: the gate's outcome, and whether it is a release decision. */
export function outcomeText({
  outcome,
  checklist,
  rows,
  release_decision: decides,
}: GateResult): string {
  const met = rows.filter(({ status }) => status === 'PASS').length;
  const rest = decides ? '' : ', NOT A RELEASE DECISION: durations were shortened';
  return `${outcome}  gate ${checklist}: ${met} of ${rows.length} rows met${rest}`;
}
