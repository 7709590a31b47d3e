import type { RunResult } from '../../loadtest/internal.ts';
import { count, failedByTarget, figure, latency, percent } from '../shared/format.ts';

/** The columns of a table of runs between its name and its verdict, the same in every format. */
export const suiteColumns: readonly {
  readonly head: string;
  readonly cell: (run: RunResult) => string;
}[] = [
  { head: 'clients', cell: ({ config }) => count(config.num_clients) },
  { head: 'operations', cell: ({ operations }) => count(operations.total) },
  { head: 'failed', cell: (run) => count(failedByTarget(run)) },
  { head: 'ops/s', cell: (run) => figure(run.throughput_ops_per_sec) },
  { head: 'P50', cell: (run) => latency(run.latency.p50_ms) },
  { head: 'P95', cell: (run) => latency(run.latency.p95_ms) },
  { head: 'P99', cell: (run) => latency(run.latency.p99_ms) },
  { head: 'hit rate', cell: (run) => percent(run.cache.hit_rate_percent) },
];
