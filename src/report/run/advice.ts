import {
  type FailureKind,
  isUnsafe,
  type RunResult,
  type VerdictMetric,
  verdictMetrics,
} from '../../loadtest/internal.ts';
import { count, duration, figure, latency } from '../shared/format.ts';

/** What to look at next for each row that is not PASS; no sentence twice. */
export function adviceFor(result: RunResult): string[] {
  if (result.operations.total === 0) {
    return [
      'No operation completed: does the target answer at all, and is --duration long enough?',
    ];
  }
  const rows = result.verdict.rows.filter(({ verdict }) => verdict !== 'PASS');
  // Wrong bytes come before anything that is merely slow.
  rows.sort((a, b) => Number(isUnsafe(b)) - Number(isUnsafe(a)));
  return [...new Set(rows.flatMap(({ metric }) => adviceForMetric(metric, result)))];
}

function adviceForMetric(metric: VerdictMetric, result: RunResult): string[] {
  switch (verdictMetrics[metric].subject) {
    case 'failures':
      return failureAdvice(result);
    case 'throughput':
      return [throughputAdvice(result)];
    case 'latency':
      return latencyAdvice(result);
    case 'silence':
      return [silenceText];
    case 'hit_rate':
      return hitRateAdvice(result);
    case 'safety':
      return integrityAdvice(result);
    case 'backlog':
      return [backlogText];
    case 'drift':
      return [metric === 'drift_server_memory' ? memoryDriftText : latencyDriftText];
    case 'rate':
      return [];
  }
}

const silenceText =
  "The target answered nothing for that long, although operations were under way. Look in its log for pauses, restarts, locks and full disks at that time (windows[].silence). A closed loop's percentiles hardly show an outage: its clients send nothing while they wait (latency.corrected).";
const backlogText =
  'The target completes fewer operations than arrive, although they were sent on time: its limit is below this --rate. Lower the rate until the backlog stays flat.';
const memoryDriftText =
  "The server's memory rose. Run longer (--scenario sustained --duration 1800) to see whether it levels off; plot server_memory_bytes of time_series.";
const latencyDriftText =
  'Latency rose during the run. Look at what grew with it or began then: entries stored, evictions, compaction, memory (time_series, server.samples).';

/** The commonest kinds of failure, most frequent first. */
function failureAdvice(result: RunResult): string[] {
  const kinds = Object.entries(result.errors_by_type) as [FailureKind, number][];
  return kinds
    .filter(([, failures]) => failures > 0)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 2)
    .map(([kind]) => failureTexts[kind](result));
}

const failureTexts: Readonly<Record<FailureKind, (result: RunResult) => string>> = {
  timeout: ({ config }) =>
    `Operations ran into --timeout ${config.timeout_secs}: the target hangs or is overloaded. Try fewer --clients; look in the target's log for requests that never end.`,
  refused: () =>
    'Connections were refused: is the target still running, and is its limit of connections or its listen backlog reached?',
  reset: () =>
    "The target, or a proxy in front of it, closed connections midway: look for crashes and limits in the target's log and for timeouts of a proxy.",
  http_4xx: () =>
    'The target rejected requests (4xx): check credentials, --instance, --protocol, and its size limits.',
  http_5xx: () => 'The target answered with server errors (5xx): its log says why.',
  integrity: () => integrityText,
  lost: () => lostText,
  dropped: ({ config }) =>
    `Operations were dropped because ${count(config.max_in_flight)} (--max-in-flight) were already in flight: the target completes fewer than arrive.`,
  protocol: ({ config }) =>
    `Answers were not what protocol ${config.protocol} expects: is it the right --protocol, and is the target a cache?`,
  generator: () =>
    'This machine had no port or open file left for further connections: the target is not to blame. Raise ulimit -n, widen net.ipv4.ip_local_port_range, or use fewer --clients.',
};

function throughputAdvice({
  latency: judged,
  config,
  generator,
  server,
  environment,
}: RunResult): string {
  if (judged.model === 'open') {
    return 'Fewer operations completed than the target rate: see failures and the backlog of operations in flight.';
  }
  const perClient = judged.avg_ms === null ? null : 1000 / (judged.avg_ms + config.build_time_ms);
  const bound =
    perClient === null || !Number.isFinite(perClient)
      ? ''
      : ` With ${count(config.num_clients)} clients and this latency the limit is ${figure(perClient * config.num_clients)} ops/s: use more --clients, or lower the latency.`;
  const cpu =
    server.cpu_cores === null
      ? ''
      : ` The server used ${figure(server.cpu_cores)} cores, the generator ${figure(generator.cpu_cores)} of ${environment.cpu_count}.`;
  return `A closed loop sends the next operation when the previous one has ended.${bound}${cpu}`;
}

function latencyAdvice({ latency: judged, server, environment, config }: RunResult): string[] {
  const { hit, miss, service, send_lag: lag } = judged.by_series;
  const advice: string[] = [];
  if (
    service !== undefined &&
    (service.p99_ms ?? 0) * 2 < (judged.p99_ms ?? 0) - (lag?.p99_ms ?? 0)
  ) {
    advice.push(
      `P99 is ${latency(service.p99_ms)} from the send and ${latency(judged.p99_ms)} from the due time: operations waited for a free connection. Raise --max-connections, or use a faster target.`,
    );
  }
  if (hit !== undefined && miss !== undefined && (miss.p95_ms ?? 0) > 3 * (hit.p95_ms ?? 0)) {
    advice.push('Misses are slow and hits are not: look at the write path (disk, sync, quota).');
  }
  const cpu =
    server.cpu_cores === null
      ? "Watch the target's CPU and disk while it runs."
      : `The server used ${figure(server.cpu_cores)} of ${environment.cpu_count} cores.`;
  advice.push(
    `${cpu} Run with fewer --clients (now ${count(config.num_clients)}): if latency falls too, requests queue.`,
  );
  return advice;
}

function hitRateAdvice({ warmup, writes, cache }: RunResult): string[] {
  if (cache.hit_rate_percent !== null && cache.hit_rate_percent > cache.target_percent) {
    return [
      'More lookups hit than intended: does the target answer for keys that were never stored?',
    ];
  }
  const advice: string[] = [];
  if (warmup.stored < warmup.keys) {
    advice.push(
      `The warm-up stored ${count(warmup.stored)} of ${count(warmup.keys)} keys${warmup.timed_out ? ` before the warm-up deadline (--warmup, ${duration(warmup.duration_ms)})` : ''}: the rest could not be found.`,
    );
  }
  if (writes.evicted > 0) {
    advice.push(
      'The target evicted what this run had stored: its size limit is smaller than the working set plus the writes (--working-set-bytes).',
    );
  }
  if (advice.length === 0) {
    advice.push(
      'Keys that the warm-up stored were not found: look at evictions, expiry, and whether every node of the target sees every write.',
    );
  }
  return advice;
}

function integrityAdvice({ errors_by_type }: RunResult): string[] {
  const advice: string[] = [];
  if (errors_by_type.integrity > 0) advice.push(integrityText);
  if (errors_by_type.lost > 0) advice.push(lostText);
  return advice;
}

const integrityText =
  'The target served bytes other than those stored under the key. Do not build with it until this is explained: check the disk, proxies that rewrite bodies, and key collisions.';
const lostText =
  'Writes that the target acknowledged were missing or changed on reread: it acknowledges before it stores, or loses what it stored.';
