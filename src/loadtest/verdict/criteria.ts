import { readYamlFile } from '../config/read-yaml-file.ts';
import { ConfigError } from '../errors.ts';
import { type CriterionMetric, criterionMetrics } from './verdict-metrics.ts';

/**
 * Limits of one metric. Beyond `pass` in the good direction: PASS. Beyond `fail` in the bad one:
 * FAIL, never where it is `undefined`. Between them, the edges included: INVESTIGATE.
 */
export interface Limits {
  readonly pass: number;
  readonly fail: number | undefined;
}

/** Which metrics are judged, and by which limits. {@link defaultCriteria} has names and units of them. */
export type Criteria = Readonly<Partial<Record<CriterionMetric, Limits>>>;

/**
 * The published criteria: rates in percent, latencies in milliseconds, throughput in operations per
 * second, the hit rate in points from its target. That wrong bytes and lost writes fail a run is not a
 * criterion: it cannot be replaced.
 */
export const defaultCriteria: Criteria = {
  success_rate_percent: { pass: 95, fail: 90 },
  error_rate_percent: { pass: 5, fail: 10 },
  throughput_ops_per_sec: { pass: 20, fail: 10 },
  avg_ms: { pass: 100, fail: undefined },
  p95_ms: { pass: 500, fail: 1_000 },
  p99_ms: { pass: 1_000, fail: 3_000 },
  hit_rate_points_from_target: { pass: -5, fail: -15 },
  longest_silence_ms: { pass: 1_000, fail: 5_000 },
};

/**
 * Reads a user's criteria file: `p95_ms: { pass: 200, fail: 400 }` a line, `fail` left out: never.
 * The metrics named replace those of {@link defaultCriteria}; `p95_ms: off` removes one.
 * @throws {ConfigError} listing every problem.
 */
export async function readCriteriaFile(path: string): Promise<Criteria> {
  const keys = await readYamlFile(path, 'criteria file');
  return parseCriteria(keys, (key) => `${path}: ${key}`);
}

/** Lays criteria from outside over the default ones. @throws {ConfigError} listing every problem. */
export function parseCriteria(
  keys: Readonly<Record<string, unknown>>,
  labelOf: (key: string) => string = (key) => key,
): Criteria {
  const criteria: Partial<Record<CriterionMetric, Limits>> = { ...defaultCriteria };
  const problems: string[] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (!isMetric(key)) {
      problems.push(
        `${labelOf(key)} is not a metric; known metrics: ${Object.keys(criterionMetrics).join(', ')}`,
      );
    } else if (value === 'off' || value === false) {
      delete criteria[key];
    } else {
      const limits = parseLimits(value, criterionMetrics[key].better);
      if (limits === undefined) problems.push(`${labelOf(key)} ${limitsForm(key)}`);
      else criteria[key] = limits;
    }
  }
  // A file that sets an absolute hit rate means it instead of the relative one.
  if ('hit_rate_percent' in keys && !('hit_rate_points_from_target' in keys)) {
    delete criteria.hit_rate_points_from_target;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return criteria;
}

function parseLimits(value: unknown, better: 'higher' | 'lower'): Limits | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pass, fail, ...rest } = value as Record<string, unknown>;
  if (Object.keys(rest).length > 0 || !isFiniteNumber(pass)) return undefined;
  if (fail === undefined) return { pass, fail: undefined };
  if (!isFiniteNumber(fail) || (better === 'higher' ? fail > pass : fail < pass)) return undefined;
  return { pass, fail };
}

function limitsForm(metric: CriterionMetric): string {
  const order = criterionMetrics[metric].better === 'higher' ? 'not above' : 'not below';
  return `takes { pass: NUMBER, fail: NUMBER } with fail ${order} pass (or left out: never), or off`;
}

function isMetric(key: string): key is CriterionMetric {
  return Object.hasOwn(criterionMetrics, key);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
