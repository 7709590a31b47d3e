import { firstOrderSeries } from '../../src/loadtest/statistics/first-order-series.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { riseOf } from '../../src/loadtest/verdict/rise.ts';
import { atLeast, atMost, type Claim } from './claim.ts';

/** Windows of a run of 300 s: its first minute is left out. */
const windows = 24;

interface Series {
  /** Scatter from window to window, as a share. */
  readonly scatter: number;
  readonly correlation: number;
  /** How much higher a window lies than the first. */
  readonly level?: (index: number) => number;
}

function rises(random: Random, { scatter, correlation, level = () => 1 }: Series): boolean {
  const values = firstOrderSeries(random, windows, correlation).map(
    (value, index) => Math.exp(scatter * value) * level(index),
  );
  const rise = riseOf(values);
  return rise !== undefined && rise.shape !== 'none' && rise.change > 0;
}

const stepAt =
  (at: number, factor = 3) =>
  (index: number): number =>
    index < at ? 1 : factor;

function found(what: string, share: number, series: Series): Claim {
  const play = (random: Random): boolean => rises(random, series);
  return { what, wanted: atLeast(share), rounds: 2_000, roundsInTest: 100, play };
}

/** What the drift rows of a run of five minutes find, and how often they alarm falsely. */
export const driftClaims: readonly Claim[] = [
  ...[0, 0.3, 0.6].map(
    (correlation): Claim => ({
      what: `trendless, correlation ${correlation}: a drift row of the run alarms`,
      wanted: atMost(0.05),
      rounds: 10_000,
      roundsInTest: 600,
      // Two rows a run: P95 and memory.
      play: (random) => {
        const rows = [0, 1].map(() => rises(random, { scatter: 0.1, correlation }));
        return rows.some(Boolean);
      },
    }),
  ),
  ...[3, 6, 12, 18, 21].map((at) =>
    found(`step to 3 times the level at window ${at} of 24, scatter 15 %: found`, 0.95, {
      scatter: 0.15,
      correlation: 0.3,
      level: stepAt(at),
    }),
  ),
  found('step to 3 times the level at window 12 of 24, scatter 25 %: found', 0.95, {
    scatter: 0.25,
    correlation: 0.3,
    level: stepAt(12),
  }),
  found('steady rise to 3 times the level in the last fifth, scatter 10 %: found', 0.95, {
    scatter: 0.1,
    correlation: 0.3,
    level: (index) => (index < 19 ? 1 : 1 + (2 * (index - 18)) / 5),
  }),
  found('steady rise to twice the level over the run, scatter 10 %: found', 0.9, {
    scatter: 0.1,
    correlation: 0.3,
    level: (index) => 1 + index / (windows - 1),
  }),
];
