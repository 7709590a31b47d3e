import { AggregatorRegistry, Registry } from 'prom-client';
import type { StoreUsage } from '../../core/index.ts';
import { type Counters, type DurationHistogram, durationBoundsMs } from './counters.ts';
import type { ProcessReport } from './process-report.ts';

export const metricsContentType: string = Registry.PROMETHEUS_CONTENT_TYPE;

/** All that the metrics are made of. */
export interface MetricsSource {
  readonly version: string;
  readonly counters: Counters;
  readonly processes: readonly ProcessReport[];
  readonly workersReplaced: number;
  readonly usage: StoreUsage;
}

/** Writes the metrics in Prometheus' text form. The names are documented in docs/serve.md. */
export async function renderMetrics(source: MetricsSource): Promise<string> {
  const families = metrics.map(({ type, name, help, values }) => ({
    name: `memobuild_${name}`,
    help,
    type,
    aggregator: 'sum',
    values: values(source),
  }));
  // The library's own counters hold label maps and can't be set to a sum; its merging of other
  // processes' reports takes what is available here.
  return await AggregatorRegistry.aggregate([families]).metrics();
}

/** One metric: what it is called and means, and where its values come from. */
interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Follows `memobuild_`. */
  readonly name: string;
  readonly help: string;
  readonly values: (source: MetricsSource) => readonly Value[];
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

const metrics: readonly Metric[] = [
  {
    type: 'counter',
    name: 'cache_lookups_total',
    help: 'Lookups by result',
    values: ({ counters }) =>
      counters.lookups.flatMap(({ space, namespace, hits, misses }) => [
        { value: hits, labels: { space, namespace, result: 'hit' } },
        { value: misses, labels: { space, namespace, result: 'miss' } },
      ]),
  },
  {
    type: 'counter',
    name: 'cache_writes_total',
    help: 'Bodies stored',
    values: ({ counters }) =>
      counters.lookups.map(({ space, namespace, writes }) => ({
        value: writes,
        labels: { space, namespace },
      })),
  },
  {
    type: 'counter',
    name: 'cache_bytes_total',
    help: 'Bytes of bodies: read by hits, written by stores',
    values: ({ counters }) =>
      counters.lookups.flatMap(({ space, namespace, hitBytes, writtenBytes }) => [
        { value: hitBytes, labels: { space, namespace, direction: 'read' } },
        { value: writtenBytes, labels: { space, namespace, direction: 'written' } },
      ]),
  },
  {
    type: 'gauge',
    name: 'store_size_bytes',
    help: 'Bytes that count against the size limit',
    values: single(({ usage }) => usage.sizeBytes),
  },
  {
    type: 'gauge',
    name: 'store_limit_bytes',
    help: 'The size limit; 0 = none',
    values: single(({ usage }) => usage.maxBytes),
  },
  {
    type: 'gauge',
    name: 'store_reserved_bytes',
    help: 'Bytes of the size limit that are reserved for bodies being stored',
    values: single(({ usage }) => usage.reservedBytes),
  },
  {
    type: 'gauge',
    name: 'store_entries',
    help: 'Entries stored',
    values: single(({ usage }) => usage.entries),
  },
  {
    type: 'counter',
    name: 'store_evicted_entries_total',
    help: 'Entries evicted since the store was made',
    values: single(({ usage }) => usage.evictedEntries),
  },
  {
    type: 'counter',
    name: 'store_evicted_bytes_total',
    help: 'Bytes evicted since the store was made',
    values: single(({ usage }) => usage.evictedBytes),
  },
  {
    type: 'counter',
    name: 'store_damaged_entries_total',
    help: 'Entries found damaged and dropped since the store was made',
    values: single(({ usage }) => usage.damagedEntries),
  },
  {
    type: 'counter',
    name: 'store_index_damages_total',
    help: 'Lookups and writes that found the index damaged',
    values: single(({ counters }) => counters.indexDamages),
  },
  {
    type: 'counter',
    name: 'http_requests_total',
    help: 'Requests answered',
    values: ({ counters }) =>
      counters.requests.map(({ count, ...labels }) => ({ value: count, labels })),
  },
  {
    type: 'histogram',
    name: 'request_duration_seconds',
    help: 'From the head of a request to the end of its answer, by operation',
    values: ({ counters }) => counters.durations.flatMap(histogramValues),
  },
  {
    type: 'gauge',
    name: 'info',
    help: 'The running version',
    values: ({ version }) => [{ value: 1, labels: { version } }],
  },
  {
    type: 'gauge',
    name: 'process_resident_bytes',
    help: 'Resident memory',
    values: ofEachProcess(({ rssBytes }) => rssBytes),
  },
  {
    type: 'gauge',
    name: 'process_private_bytes',
    help: 'Resident memory without the pages of mapped files',
    values: ofEachProcess(({ privateBytes }) => privateBytes),
  },
  {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'CPU time since the process started',
    values: ofEachProcess(({ cpuMs }) => cpuMs / 1000),
  },
  {
    type: 'gauge',
    name: 'process_uptime_seconds',
    help: 'Time since the process started',
    values: ofEachProcess(({ uptimeMs }) => uptimeMs / 1000),
  },
  {
    type: 'gauge',
    name: 'connections_open',
    help: 'Connections open',
    values: sumOfProcesses(({ connectionsOpen }) => connectionsOpen),
  },
  {
    type: 'gauge',
    name: 'requests_in_flight',
    help: 'Requests being served',
    values: sumOfProcesses(({ requestsInFlight }) => requestsInFlight),
  },
  {
    type: 'counter',
    name: 'connections_accepted_total',
    help: 'Connections accepted',
    values: single(({ counters }) => counters.connectionsAccepted),
  },
  {
    type: 'counter',
    name: 'connections_refused_total',
    help: 'Connections closed on arrival because there were too many',
    values: single(({ counters }) => counters.connectionsRefused),
  },
  {
    type: 'counter',
    name: 'connections_cut_total',
    help: 'Connections closed because too much waited for their clients to read it',
    values: single(({ counters }) => counters.connectionsCut),
  },
  {
    type: 'counter',
    name: 'logins_failed_total',
    help: 'Unknown credentials presented',
    values: single(({ counters }) => counters.loginsFailed),
  },
  {
    type: 'counter',
    name: 'workers_replaced_total',
    help: 'Worker processes that died and were replaced',
    values: single(({ workersReplaced }) => workersReplaced),
  },
];

function single(read: (source: MetricsSource) => number): Metric['values'] {
  return (source) => [{ value: read(source), labels: {} }];
}

function ofEachProcess(read: (report: ProcessReport) => number): Metric['values'] {
  return ({ processes }) =>
    processes.map((report) => ({
      value: read(report),
      labels: { pid: report.pid, role: report.role },
    }));
}

function sumOfProcesses(read: (report: ProcessReport) => number): Metric['values'] {
  return single(({ processes }) => processes.reduce((sum, report) => sum + read(report), 0));
}

function histogramValues({ operation, buckets, sumMs }: DurationHistogram): Value[] {
  const name = 'memobuild_request_duration_seconds';
  let cumulative = 0;
  const values = buckets.map((count, index): Value => {
    cumulative += count;
    const boundMs = durationBoundsMs[index];
    const le = boundMs === undefined ? '+Inf' : boundMs / 1000;
    return { value: cumulative, labels: { operation, le }, metricName: `${name}_bucket` };
  });
  return [
    ...values,
    { value: sumMs / 1000, labels: { operation }, metricName: `${name}_sum` },
    { value: cumulative, labels: { operation }, metricName: `${name}_count` },
  ];
}
