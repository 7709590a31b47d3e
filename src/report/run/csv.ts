import { type LoadTestResult, runsOf, type TimeSeriesRow } from '../../loadtest/internal.ts';

/** A column: its heading, and its cell of a row. `undefined` and `null` are empty cells. */
type Column = readonly [heading: string, cell: (row: TimeSeriesRow) => number | null];

const columns: readonly Column[] = [
  ['start_ms', (row) => row.start_ms],
  ['end_ms', (row) => row.end_ms],
  ['operations', (row) => row.operations.total],
  ['successful', (row) => row.operations.successful],
  ['failed', (row) => row.operations.failed],
  ['not_sent', (row) => row.not_sent ?? 0],
  ['throughput_ops_per_sec', (row) => row.throughput_ops_per_sec],
  ['hits', (row) => row.hits],
  ['misses', (row) => row.misses],
  ['p50_ms', (row) => row.p50_ms],
  ['p95_ms', (row) => row.p95_ms],
  ['p99_ms', (row) => row.p99_ms],
  ['max_ms', (row) => row.max_ms],
  ['in_flight', (row) => row.in_flight],
  ['server_memory_bytes', (row) => row.server_memory_bytes],
  ['server_cpu_cores', (row) => row.server_cpu_cores],
  ['generator_cpu_cores', (row) => row.generator_cpu_cores],
];

/**
 * The time series of all runs of a result as CSV (RFC 4180, heading first): one row per
 * second, with the run's name and start in front. What was not measured is an empty cell.
 */
export function renderResultCsv(loaded: LoadTestResult): string {
  const heads = ['run', 'started', ...columns.map(([heading]) => heading)];
  const rows = runsOf(loaded).flatMap(({ name, timestamp, time_series: series }) =>
    series.map((row) => [
      quoted(name ?? ''),
      timestamp,
      ...columns.map(([, cell]) => String(cell(row) ?? '')),
    ]),
  );
  return `${[heads, ...rows].map((cells) => cells.join(',')).join('\r\n')}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
