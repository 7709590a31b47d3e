import type { ResolvedConfig } from '../config/config.ts';
import type { Measurement, Window } from '../measurement.ts';
import type { Criteria } from './criteria.ts';
import { type Cut, cutOf, measuredWithout, overlapMs } from './cut.ts';
import { driftsOf } from './drift.ts';
import { driftRows } from './drift-rows.ts';
import type { FailedSpan } from './failed-spans.ts';
import type { HealthCheckName } from './generator-health.ts';
import { inFlightGrowthRow } from './in-flight-growth.ts';
import { judgeRows, type VerdictRow } from './judge-rows.ts';
import { type Measures, measuresOf } from './measures.ts';
import { bestMeasuresOf, isEnough, isMostlyLost, turnedRows } from './turned-rows.ts';

/** What the seconds in which the generator or the machine failed mean for the verdict. */
export interface Doubt {
  /** The checks that make the run VOID; none where no row is decided by those seconds. */
  readonly causes: ReadonlySet<HealthCheckName>;
  /** The rows that are, one sentence each. */
  readonly reasons: readonly string[];
  /** Where no row is: what the figures are without those seconds. */
  readonly notes: readonly string[];
}

/** A run as it was judged with all of its seconds. */
interface JudgedRun {
  readonly measurement: Measurement;
  readonly measures: Measures;
  readonly rows: readonly VerdictRow[];
  /** The time in which the generator or the machine failed. */
  readonly spans: readonly FailedSpan[];
  readonly config: ResolvedConfig;
  readonly criteria: Criteria;
  readonly moreRows: (windows: readonly Window[]) => readonly VerdictRow[];
}

const none: Doubt = { causes: new Set(), reasons: [], notes: [] };

/** Judges again without the failed seconds, or, where they leave too little, by the best that can have been. */
export function doubtOf(run: JudgedRun): Doubt {
  const { measurement, measures, rows, spans, config, criteria } = run;
  if (spans.length === 0) return none;
  const cut = cutOf(spans);
  const kept = measuredWithout(measurement, cut);
  const enough = isEnough(measurement, kept);
  const keptMeasures = enough ? measuresOf(kept) : bestMeasuresOf(measures, measurement, spans);
  const without = enough ? rowsWithout(run, kept, cut) : judgeRows(keptMeasures, criteria, config);
  const turned = turnedRows(rows, without, enough ? kept.totals.total : 0);
  const isLost = isMostlyLost(measurement, spans);
  if (turned.length === 0 && !isLost) {
    return { ...none, notes: enough ? figureNotes(measures, keptMeasures, cut, measurement) : [] };
  }
  const causes = spans
    .map(({ cause }) => cause)
    .filter((cause) => turned.length > 0 || cause === 'workers');
  const reasons = turned.map(
    ({ row, without: other }) =>
      `${row.label} is ${row.verdict} with those seconds and ${other ?? 'not known'} without them`,
  );
  return { causes: new Set(causes), reasons, notes: [] };
}

function rowsWithout(
  { measurement, config, criteria, moreRows }: JudgedRun,
  kept: Measurement,
  cut: Cut,
): VerdictRow[] {
  const isLeftOut = ({ startMs, endMs }: Window): boolean => overlapMs(cut, startMs, endMs) > 0;
  const growth = inFlightGrowthRow(measurement, config, isLeftOut);
  return [
    ...judgeRows(measuresOf(kept), criteria, config),
    ...(growth === undefined ? [] : [growth]),
    ...moreRows(kept.windows),
    ...driftRows(driftsOf(kept, measurement)),
  ];
}

const figures = [
  ['P50', 'p50_ms'],
  ['P95', 'p95_ms'],
  ['P99', 'p99_ms'],
  ['P99.9', 'p999_ms'],
  ['maximum', 'max_ms'],
] as const;

/** A pause of the generator must not pass for the target's tail. */
function figureNotes(
  measures: Measures,
  without: Measures,
  cut: Cut,
  { durationMs }: Measurement,
): string[] {
  const changed = figures.flatMap(([name, key]) => {
    const [with_, kept] = [measures[key], without[key]];
    if (with_ === undefined || kept === undefined) return [];
    const isClose = Math.abs(with_ - kept) <= Math.max(1, 0.1 * kept);
    return isClose ? [] : [`${name} ${amount(kept)} instead of ${amount(with_)}`];
  });
  if (changed.length === 0) return [];
  const seconds = (overlapMs(cut, 0, durationMs) / 1000).toFixed(1);
  return [
    `without the ${seconds} s in which the generator or the machine failed: ${changed.join(', ')}`,
  ];
}

function amount(ms: number): string {
  return `${ms.toLocaleString('en', { maximumFractionDigits: ms < 10 ? 2 : 0 })} ms`;
}
