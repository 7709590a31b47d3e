import type { RunResult } from '../result/model/run.ts';
import type { MetricUnit } from '../verdict/verdict-metrics.ts';

/** What two sides are compared by, in the order of the report's rows. */
export const comparedMetrics: readonly ComparedMetric[] = [
  {
    name: 'throughput',
    label: 'throughput',
    unit: 'ops/s',
    better: 'higher',
    measure: 'relative',
    family: 'primary',
    threshold: 'performance',
    figureOf: (run) => run.throughput_ops_per_sec,
  },
  latency('avg', 'mean latency', 'secondary', (run) => run.latency.avg_ms),
  latency('p50', 'P50 latency', 'primary', (run) => run.latency.p50_ms),
  latency('p90', 'P90 latency', 'secondary', (run) => run.latency.p90_ms),
  latency('p95', 'P95 latency', 'primary', (run) => run.latency.p95_ms),
  latency('p99', 'P99 latency', 'primary', (run) => run.latency.p99_ms),
  {
    name: 'success_rate',
    label: 'success rate',
    unit: '%',
    better: 'higher',
    measure: 'points',
    family: 'secondary',
    threshold: 'successRate',
    figureOf: (run) => run.success_rate_percent,
  },
  {
    name: 'hit_rate',
    label: 'hit rate',
    unit: '%',
    better: 'higher',
    measure: 'points',
    family: 'secondary',
    threshold: 'hitRate',
    figureOf: (run) => run.cache.hit_rate_percent,
  },
  {
    name: 'server_memory',
    label: 'server memory',
    unit: 'bytes',
    better: 'lower',
    measure: 'relative',
    family: 'secondary',
    threshold: 'memory',
    figureOf: meanServerMemory,
  },
  {
    name: 'server_cpu',
    label: 'server CPU/op',
    unit: 'µs',
    better: 'lower',
    measure: 'relative',
    family: 'secondary',
    threshold: 'performance',
    // Runs too short for the clock of /proc say 0, which is not measured. For single runs it cannot be
    // known: samples of CPU are a second apart, not a window.
    figureOf: ({ server }) => server.cpu_us_per_operation || null,
  },
];

export type ComparedMetricName =
  | 'throughput'
  | `${LatencyFigure}_latency`
  | 'success_rate'
  | 'hit_rate'
  | 'server_memory'
  | 'server_cpu';

type LatencyFigure = 'avg' | 'p50' | 'p90' | 'p95' | 'p99';

export interface ComparedMetric {
  readonly name: ComparedMetricName;
  readonly label: string;
  readonly unit: MetricUnit;
  readonly better: 'higher' | 'lower';
  /** `relative`: a change is a share of base; `points`: a difference of percentages. */
  readonly measure: 'relative' | 'points';
  /** Holm's correction runs over the primary metrics, and apart from them over the secondary ones. */
  readonly family: 'primary' | 'secondary';
  readonly threshold: keyof ComparisonThresholds;
  /** The figure of one run; `null` where it was not measured. */
  readonly figureOf: (run: RunResult) => number | null;
}

/** A change is called one only from here on: percent, or points for the two rates. */
export interface ComparisonThresholds {
  /** Throughput, latency and the server's CPU, percent. */
  readonly performance: number;
  /** Points. */
  readonly successRate: number;
  /** Points. */
  readonly hitRate: number;
  /** Percent. */
  readonly memory: number;
}

/** The published thresholds. Memory's is wider: when a collector runs is not a property of a build. */
export const defaultThresholds: ComparisonThresholds = {
  performance: 10,
  successRate: 1,
  hitRate: 5,
  memory: 20,
};

/**
 * Puts a figure on the scale on which changes add up: the logarithm where a change is a ratio, the
 * figure itself where it is points.
 */
export function toScale(metric: Pick<ComparedMetric, 'measure'>, figure: number): number {
  // A figure of 0 has no logarithm; a billionth is below the resolution of each of them.
  return metric.measure === 'points' ? figure : Math.log(Math.max(figure, 1e-9));
}

/** A difference on that scale, as a reader wants it: percent, or points. */
export function changeOf(metric: Pick<ComparedMetric, 'measure'>, difference: number): number {
  return metric.measure === 'points' ? difference : 100 * Math.expm1(difference);
}

function latency(
  figure: LatencyFigure,
  label: string,
  family: ComparedMetric['family'],
  figureOf: (run: RunResult) => number | null,
): ComparedMetric {
  return {
    name: `${figure}_latency`,
    label,
    unit: 'ms',
    better: 'lower',
    measure: 'relative',
    family,
    threshold: 'performance',
    figureOf,
  };
}

/** The mean over the run says more than its peak, which one collection of garbage moves. */
function meanServerMemory({ server }: RunResult): number | null {
  const known = server.samples.flatMap(({ memory_bytes: bytes }) => bytes ?? []);
  return known.length === 0 ? null : known.reduce((sum, bytes) => sum + bytes, 0) / known.length;
}
