import { build, type Histogram } from 'hdr-histogram-js';
import { percentileIntervals } from '../../src/loadtest/metrics/percentile-intervals.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import { firstOrderSeries } from '../../src/loadtest/statistics/first-order-series.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { atLeast, type Claim } from './claim.ts';

interface Run {
  readonly operations: number;
  /** Scatter of the level from second to second, as a share. */
  readonly scatter: number;
  readonly correlation: number;
}

/** Deviation of the logarithm of a latency within a second. */
const within = 1;
const seconds = 60;

/** Thirty parts of a run of 60 s: log-normal latencies around a level that moves. */
function partsOf(random: Random, { operations, scatter, correlation }: Run): Histogram[] {
  const levels = firstOrderSeries(random, seconds, correlation);
  return Array.from({ length: seconds / 2 }, (_, part) => {
    const histogram = build({ autoResize: true });
    for (const level of [levels[2 * part]!, levels[2 * part + 1]!]) {
      for (let operation = 0; operation < operations / seconds; operation += 1) {
        const log = scatter * level + within * standardNormal(random);
        histogram.recordValue(Math.max(1, Math.round(10_000 * Math.exp(log))));
      }
    }
    return histogram;
  });
}

const quantiles = [
  ['P50', 'p50_ms', 0],
  ['P95', 'p95_ms', 1.6449],
  ['P99', 'p99_ms', 2.3263],
] as const;

function covers(name: string, run: Run): Claim[] {
  return quantiles.map(([percentile, figure, z]) => ({
    what: `${name}: the 95 % interval of ${percentile} covers the truth`,
    wanted: atLeast(0.93),
    rounds: 600,
    roundsInTest: 60,
    play: (random) => {
      const interval = percentileIntervals(partsOf(random, run))[figure];
      const truthMs = 10 * Math.exp(z * Math.sqrt(within ** 2 + run.scatter ** 2));
      if (interval === undefined) return false;
      return interval.lowMs <= truthMs && truthMs <= (interval.highMs ?? Infinity);
    },
  }));
}

/** How often the intervals of printed percentiles hold what they should. */
export const percentileClaims: readonly Claim[] = [
  ...covers('1,000 independent operations', { operations: 1_020, scatter: 0, correlation: 0 }),
  ...covers('6,000 operations, level 20 % from second to second, correlation 0.3', {
    operations: 6_000,
    scatter: 0.2,
    correlation: 0.3,
  }),
  ...covers('6,000 operations, level 20 % from second to second, correlation 0.6', {
    operations: 6_000,
    scatter: 0.2,
    correlation: 0.6,
  }),
];
