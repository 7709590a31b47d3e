import { targetOperations } from '../../metrics/target-operations.ts';
import type { RunResult } from '../../result/model/run.ts';
import {
  type CriterionMetric,
  criterionMetrics,
  type MetricUnit,
  type VerdictMetric,
} from '../../verdict/verdict-metrics.ts';

/** What a row of a checklist can speak of: the metrics of the criteria, and a run's size. */
export type GateMetric = CriterionMetric | keyof typeof runMetrics;

/**
 * What a row of a gate may show: also a run's verdict, the rows that it rests on, and replacements
 * of workers.
 */
export type GateValueMetric = GateMetric | VerdictMetric | 'verdict' | 'worker_exchanges';

export interface GateMetricInfo {
  readonly label: string;
  readonly unit: MetricUnit;
  read(run: RunResult): number | null;
}

/** Metrics that no criterion has. */
const runMetrics = {
  clients: { label: 'clients', unit: '', read: (run) => run.config.num_clients },
  operations: { label: 'operations', unit: '', read: (run) => run.operations.total },
  failed_operations: {
    label: 'failed operations',
    unit: '',
    read: (run) => targetOperations(run.operations, run.errors_by_type).failed,
  },
  server_memory_bytes_max: {
    label: 'server memory, most',
    unit: 'bytes',
    read: (run) => run.server.memory_bytes_max,
  },
} satisfies Readonly<Record<string, GateMetricInfo>>;

/** Every metric that a checklist may name. */
export const gateMetrics: Readonly<Record<GateMetric, GateMetricInfo>> = {
  ...criteria(),
  ...runMetrics,
};

export type Comparator = 'above' | 'below' | 'at_least' | 'at_most';

/** Whether a value is on the good side of a limit; one that could not be measured never is. */
export function holds(value: number | null, compare: Comparator, limit: number): boolean {
  if (value === null || !Number.isFinite(value)) return false;
  // Rounded, so that 75.1 - 70.1 is 5 and not slightly less.
  const distance = Math.round((value - limit) * 1e9) / 1e9;
  switch (compare) {
    case 'above':
      return distance > 0;
    case 'below':
      return distance < 0;
    case 'at_least':
      return distance >= 0;
    case 'at_most':
      return distance <= 0;
  }
}

function criteria(): Record<CriterionMetric, GateMetricInfo> {
  const entries = Object.entries(criterionMetrics).map(([metric, { label, unit }]) => {
    const read = (run: RunResult): number | null => criterionOf(metric as CriterionMetric, run);
    // The one that is relative to the target is a distance here, since a checklist's limit is.
    const isDistance = metric === 'hit_rate_points_from_target';
    const info = {
      label: isDistance ? 'hit rate above target' : label,
      unit: isDistance ? 'points' : unit,
      read,
    };
    return [metric, info] as const;
  });
  return Object.fromEntries(entries) as Record<CriterionMetric, GateMetricInfo>;
}

function criterionOf(metric: CriterionMetric, run: RunResult): number | null {
  const { hit_rate_percent: hitRate, target_percent: target } = run.cache;
  switch (metric) {
    case 'success_rate_percent':
    case 'error_rate_percent':
    case 'throughput_ops_per_sec':
    case 'longest_silence_ms':
      return run[metric];
    case 'hit_rate_percent':
      return hitRate;
    case 'hit_rate_points_from_target':
      return hitRate === null ? null : hitRate - target;
    case 'hit_rate_deviation_points':
      return hitRate === null ? null : Math.abs(hitRate - target);
    case 'avg_ms':
    case 'p50_ms':
    case 'p90_ms':
    case 'p95_ms':
    case 'p99_ms':
    case 'p999_ms':
    case 'max_ms':
      return run.latency[metric];
  }
}
