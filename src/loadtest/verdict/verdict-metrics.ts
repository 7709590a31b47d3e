export const metricUnits = ['%', 'ops/s', 'ms', 'points', '', 'bytes', 'µs'] as const;

/** The unit of a figure that is judged or compared; `''` for a plain count. */
export type MetricUnit = (typeof metricUnits)[number];

/** What a metric looks at. */
export type MetricSubject =
  | 'failures'
  | 'throughput'
  | 'rate'
  | 'latency'
  | 'silence'
  | 'hit_rate'
  | 'safety'
  | 'backlog'
  | 'drift';

interface MetricInfo {
  readonly label: string;
  readonly unit: MetricUnit;
  readonly subject: MetricSubject;
}

interface CriterionInfo extends MetricInfo {
  readonly better: 'higher' | 'lower';
}

/** The metrics that a criterion can set limits to, in the order of the verdict's rows. */
export const criterionMetrics = {
  success_rate_percent: { label: 'success rate', better: 'higher', unit: '%', subject: 'failures' },
  error_rate_percent: { label: 'error rate', better: 'lower', unit: '%', subject: 'failures' },
  throughput_ops_per_sec: {
    label: 'throughput',
    better: 'higher',
    unit: 'ops/s',
    subject: 'throughput',
  },
  avg_ms: latency('average latency'),
  p50_ms: latency('P50 latency'),
  p90_ms: latency('P90 latency'),
  p95_ms: latency('P95 latency'),
  p99_ms: latency('P99 latency'),
  p999_ms: latency('P99.9 latency'),
  max_ms: latency('maximum latency'),
  hit_rate_percent: { label: 'cache hit rate', better: 'higher', unit: '%', subject: 'hit_rate' },
  /** Points above (or, negative, below) the target hit rate. */
  hit_rate_points_from_target: {
    label: 'cache hit rate',
    better: 'higher',
    unit: '%',
    subject: 'hit_rate',
  },
  /** Points away from the target hit rate, on either side. */
  hit_rate_deviation_points: {
    label: 'hit rate off target',
    better: 'lower',
    unit: 'points',
    subject: 'hit_rate',
  },
  /** The longest time without an answer while operations were under way. */
  longest_silence_ms: {
    label: 'longest silence',
    better: 'lower',
    unit: 'ms',
    subject: 'silence',
  },
} as const satisfies Record<string, CriterionInfo>;

/** What a criterion can speak of. */
export type CriterionMetric = keyof typeof criterionMetrics;

/** Every metric that a verdict's row may be about. */
export const verdictMetrics = {
  ...criterionMetrics,
  /** Operations that read wrong bytes, and acknowledged writes that were lost. */
  integrity_and_lost: { label: 'wrong bytes, lost writes', unit: '', subject: 'safety' },
  /** Open loop: growth of the backlog, as the time in which that many operations arrive. */
  in_flight_growth: { label: 'operations piling up', unit: 'ms', subject: 'backlog' },
  /** Search for the capacity: the rate at which operations ended. */
  rate_reached_ops_per_sec: { label: 'rate reached', unit: 'ops/s', subject: 'rate' },
  drift_server_memory: { label: 'server memory, rise', unit: 'bytes', subject: 'drift' },
  drift_p95_latency: { label: 'P95 latency, rise', unit: 'ms', subject: 'drift' },
} as const satisfies Record<string, MetricInfo>;

/** What a verdict's row is about. */
export type VerdictMetric = keyof typeof verdictMetrics;
export const verdictMetricNames = Object.keys(verdictMetrics) as VerdictMetric[];

function latency(label: string) {
  return { label, better: 'lower', unit: 'ms', subject: 'latency' } as const;
}
