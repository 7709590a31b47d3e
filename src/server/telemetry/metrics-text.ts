import { AggregatorRegistry, Registry } from 'prom-client';
import type { StoreUsage } from '../../storage/index.ts';
import { type Counters, durationBoundsMs } from './counters.ts';
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
  const families = [
    ...cacheFamilies(source.counters),
    ...storeFamilies(source.usage),
    ...requestFamilies(source.counters),
    ...processFamilies(source),
  ];
  // The library's own counters hold label maps and can't be set to a sum; its merging of other
  // processes' reports takes just what is at hand here.
  return await AggregatorRegistry.aggregate([families]).metrics();
}

/** A metric as prom-client's processes report it to each other. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly aggregator: 'sum';
  readonly values: readonly Value[];
}

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

function family(
  type: 'counter' | 'gauge' | 'histogram',
  name: string,
  help: string,
  values: readonly Value[],
): Family {
  return { name: `memobuild_${name}`, help, type, aggregator: 'sum', values };
}

function single(value: number): Value[] {
  return [{ value, labels: {} }];
}

function cacheFamilies({ lookups }: Counters): Family[] {
  return [
    family(
      'counter',
      'cache_lookups_total',
      'Look-ups as they were answered',
      lookups.flatMap(({ space, namespace, hits, misses }) => [
        { value: hits, labels: { space, namespace, result: 'hit' } },
        { value: misses, labels: { space, namespace, result: 'miss' } },
      ]),
    ),
    family(
      'counter',
      'cache_writes_total',
      'Bodies stored',
      lookups.map(({ space, namespace, writes }) => ({
        value: writes,
        labels: { space, namespace },
      })),
    ),
    family(
      'counter',
      'cache_bytes_total',
      'Bytes of bodies: read = of hits, written = of stores',
      lookups.flatMap(({ space, namespace, hitBytes, writtenBytes }) => [
        { value: hitBytes, labels: { space, namespace, direction: 'read' } },
        { value: writtenBytes, labels: { space, namespace, direction: 'written' } },
      ]),
    ),
  ];
}

function storeFamilies(usage: StoreUsage): Family[] {
  return [
    family('gauge', 'store_size_bytes', 'What the bound counts', single(usage.sizeBytes)),
    family('gauge', 'store_limit_bytes', 'The bound; 0 = none', single(usage.maxBytes)),
    family('gauge', 'store_entries', 'Entries stored', single(usage.entries)),
    family(
      'counter',
      'store_evicted_entries_total',
      'Entries evicted since the store was made',
      single(usage.evictedEntries),
    ),
    family(
      'counter',
      'store_evicted_bytes_total',
      'Bytes evicted since the store was made',
      single(usage.evictedBytes),
    ),
    family(
      'counter',
      'store_damaged_entries_total',
      'Entries found damaged and dropped since the store was made',
      single(usage.damagedEntries),
    ),
  ];
}

function requestFamilies({ requests, durations }: Counters): Family[] {
  return [
    family(
      'counter',
      'http_requests_total',
      'Requests answered',
      requests.map(({ count, ...labels }) => ({ value: count, labels })),
    ),
    family(
      'histogram',
      'request_duration_seconds',
      'From the head of a request to the end of its answer, by operation',
      durations.flatMap(({ operation, buckets, sumMs }) =>
        histogramValues(operation, buckets, sumMs),
      ),
    ),
  ];
}

function histogramValues(operation: string, buckets: readonly number[], sumMs: number): Value[] {
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

function processFamilies(source: MetricsSource): Family[] {
  const { processes, counters } = source;
  const each = (read: (report: ProcessReport) => number): Value[] =>
    processes.map((report) => ({
      value: read(report),
      labels: { pid: report.pid, role: report.role },
    }));
  const sum = (read: (report: ProcessReport) => number): Value[] =>
    single(processes.reduce((total, report) => total + read(report), 0));
  return [
    family('gauge', 'info', 'The running version', [
      { value: 1, labels: { version: source.version } },
    ]),
    family(
      'gauge',
      'process_resident_bytes',
      'Resident memory',
      each((report) => report.rssBytes),
    ),
    family(
      'gauge',
      'process_private_bytes',
      'Resident memory without the pages of mapped files',
      each((report) => report.privateBytes),
    ),
    family(
      'counter',
      'process_cpu_seconds_total',
      'CPU time since the process started',
      each((report) => report.cpuMs / 1000),
    ),
    family(
      'gauge',
      'process_uptime_seconds',
      'Time since the process started',
      each((report) => report.uptimeMs / 1000),
    ),
    family(
      'gauge',
      'connections_open',
      'Connections open',
      sum((report) => report.connectionsOpen),
    ),
    family(
      'gauge',
      'requests_in_flight',
      'Requests being served',
      sum((report) => report.requestsInFlight),
    ),
    family(
      'counter',
      'connections_accepted_total',
      'Connections accepted',
      single(counters.connectionsAccepted),
    ),
    family(
      'counter',
      'connections_refused_total',
      'Connections closed at once because there were too many',
      single(counters.connectionsRefused),
    ),
    family(
      'counter',
      'workers_replaced_total',
      'Worker processes that died and were replaced',
      single(source.workersReplaced),
    ),
  ];
}
