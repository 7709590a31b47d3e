import { decodeHistogram, isLowerBound, type RunResult } from '../../loadtest/internal.ts';
import { boundedLatency, latency, plural } from '../shared/format.ts';
import { heading, type Style, wrap } from '../shared/style.ts';
import { table } from '../shared/table.ts';
import { latencyBars } from './latency-bars.ts';

const seriesNames = {
  service: 'service',
  send_lag: 'send lag',
  hit: 'hits',
  miss: 'misses',
  timeout: 'timeouts',
  failed: 'other failures',
} as const satisfies Record<keyof RunResult['latency']['by_series'], string>;

type Figures = RunResult['latency']['successful'];
const columns = [
  ['avg', 'avg_ms'],
  ['P50', 'p50_ms'],
  ['P90', 'p90_ms'],
  ['P95', 'p95_ms'],
  ['P99', 'p99_ms'],
  ['P99.9', 'p999_ms'],
  ['max', 'max_ms'],
] as const satisfies readonly (readonly [string, keyof Figures])[];

/** With `≥` in each cell, the table is as wide as this. */
const allColumnsWidth = 96;

/** The section on latency: a table of the figures by what they are of, and bars. */
export function renderLatencies(
  { latency: judged, errors_by_type: errors }: RunResult,
  style: Style,
): string {
  if (judged.count === 0) {
    return `${heading('Latency', style)}\n  no operation has a latency`;
  }
  const isOpen = judged.model === 'open';
  const givenUpFromMs = judged.by_series.timeout?.min_ms;
  const note = isOpen
    ? 'response: from the due time; service: from the send'
    : 'from the send: a closed loop waits while the target is slow';
  const series = Object.keys(seriesNames) as (keyof typeof seriesNames)[];
  const rows: (readonly [string, Figures | undefined])[] = [
    [isOpen ? 'response' : 'all', judged],
    ['corrected', judged.corrected ?? undefined],
    ['successful', judged.count === judged.successful.count ? undefined : judged.successful],
    ...series.map((name) => [seriesNames[name], judged.by_series[name]] as const),
  ];
  // A narrow terminal gets the columns that the verdict speaks of.
  const shown = columns.filter(
    ([name]) => style.width >= allColumnsWidth || (name !== 'P90' && name !== 'P99.9'),
  );
  const body = rows.flatMap(([name, figures]) =>
    figures === undefined || figures.count === 0
      ? []
      : [
          [
            name,
            ...shown.map(([, key]) =>
              // The successes hold no operation that was given up.
              boundedLatency(key, figures[key], figures === judged ? givenUpFromMs : null),
            ),
          ],
        ],
  );
  const heads = ['', ...shown.map(([name]) => style.dim(name))];
  const bars =
    judged.histogram === null ? [] : latencyBars(decodeHistogram(judged.histogram), style.width);
  return [
    heading('Latency', style, note),
    table([heads, ...body], ['left', ...shown.map(() => 'right' as const)]),
    ...latencyRemarks(judged, errors.dropped).map((text) => `  ${wrap(text, style.width, 2)}`),
    '',
    ...bars,
  ].join('\n');
}

/** `P50 1.20 to 1.24 ms, P99 from 5.10 ms`: how exact a percentile of that many operations is. */
function intervalsText({ intervals = {}, by_series: series }: RunResult['latency']): string {
  return columns
    .flatMap(([name, key]) => {
      const [low = null, high = null] = (intervals as Record<string, (number | null)[]>)[key] ?? [];
      if (low === null) return [];
      const isOpen = isLowerBound(key, high, series.timeout?.min_ms);
      return high === null || isOpen
        ? [`${name} from ${latency(low)}`]
        : [`${name} ${latency(low)} to ${latency(high)}`];
    })
    .join(', ');
}

/** What the table of latencies leaves out. */
function latencyRemarks(judged: RunResult['latency'], dropped: number): string[] {
  const { by_series: series, corrected } = judged;
  const intervals = intervalsText(judged);
  const remarks = intervals === '' ? [] : [`95 % intervals: ${intervals}`];
  if (series.timeout !== undefined) {
    remarks.push(
      `≥: ${plural(series.timeout.count, 'operation')} given up after ${latency(series.timeout.min_ms)} or more would have taken longer`,
    );
  }
  if (corrected !== null) {
    remarks.push(
      `corrected: as if each client had sent every ${latency(corrected.interval_ms)}, its mean interval, instead of waiting for answers`,
    );
  }
  if (dropped > 0) {
    remarks.push(
      `${plural(dropped, 'dropped operation')} have no latency and are not in these figures`,
    );
  }
  return remarks;
}
