import { resolveConfig } from '../../src/loadtest/config/resolve-config.ts';
import type { GeneratorSample } from '../../src/loadtest/measurement.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { defaultCriteria } from '../../src/loadtest/verdict/criteria.ts';
import { judge, type OverallVerdict } from '../../src/loadtest/verdict/judge.ts';
import { buildMeasurement } from '../../src/testing/build-measurement.ts';
import { atLeast, atMost, type Claim } from './claim.ts';

/** A minute of a closed loop, 100 operations per second, all of them hits. */
const seconds = 60;
const perSecond = 100;
const config = resolveConfig({ numClients: 20 });
const { hit_rate_points_from_target: _, ...criteria } = defaultCriteria;

interface Run {
  /** Median of the target's own latency; P95 is 2.3 times as much. */
  readonly targetMs: number;
  /** How long the generator stalls in a second. */
  readonly stallMs?: (random: Random, second: number) => number;
  /** In how many seconds the hypervisor takes 90 % of the machine, so that all takes ten times as long. */
  readonly stolenSeconds?: number;
}

function verdictOf(random: Random, { targetMs, stallMs, stolenSeconds = 0 }: Run): OverallVerdict {
  const { generator } = buildMeasurement({ durationMs: 1000 });
  const [calm] = generator.samples as [GeneratorSample];
  const samples: GeneratorSample[] = [{ ...calm, atMs: 0 }];
  const hit: number[] = [];
  const firstStolen = Math.floor(random() * (seconds - stolenSeconds));
  for (let second = 0; second < seconds; second += 1) {
    const stalledMs = stallMs?.(random, second) ?? 0;
    const isStolen = second >= firstStolen && second < firstStolen + stolenSeconds;
    for (let count = 0; count < perSecond; count += 1) {
      const ownMs = targetMs * Math.exp(0.5 * standardNormal(random)) * (isStolen ? 10 : 1);
      // What is due while the generator stalls waits for its end.
      const isStalled = random() < Math.min(1, stalledMs / 1000);
      hit.push(ownMs + (isStalled ? random() * stalledMs : 0));
    }
    samples.push({
      ...calm,
      atMs: (second + 1) * 1000,
      loopDelayMaxMs: Math.max(calm.loopDelayMaxMs, stalledMs),
      machineStealMost: isStolen ? 0.9 : 0,
    });
  }
  const measurement = buildMeasurement({
    hits: hit.length,
    misses: 0,
    latenciesMs: { hit },
    change: { generator: { ...generator, samples } },
  });
  return judge(measurement, config, criteria).verdict;
}

function verdicts(
  what: string,
  wanted: Claim['wanted'],
  run: Run,
  counted: readonly OverallVerdict[],
): Claim {
  const play = (random: Random): boolean => counted.includes(verdictOf(random, run));
  return { what, wanted, rounds: 200, roundsInTest: 20, play };
}

const blamed: readonly OverallVerdict[] = ['FAIL', 'INVESTIGATE'];
const oneIn =
  (most: number, ms: number) =>
  (random: Random): number =>
    random() < 1 / most ? ms : 0;

/** Whom a verdict blames, where the target, the generator or the machine is slow. */
export const voidClaims: readonly Claim[] = [
  verdicts('all healthy: PASS', atLeast(0.95), { targetMs: 20 }, ['PASS']),
  verdicts(
    'healthy target, one generator stall of 150 ms in 60 s: VOID',
    atMost(0.05),
    { targetMs: 20, stallMs: (_random, second) => (second === 30 ? 150 : 0) },
    ['VOID'],
  ),
  verdicts(
    'healthy target, the generator stalls for 0.9 s in one second of five: the target is blamed',
    atMost(0.01),
    { targetMs: 20, stallMs: oneIn(5, 900) },
    blamed,
  ),
  verdicts(
    'healthy target, the generator stalls for 1.4 s in each second: the target is blamed',
    atMost(0.01),
    { targetMs: 20, stallMs: () => 1_400 },
    blamed,
  ),
  verdicts(
    'healthy target, 90 % of the CPU is stolen in 6 of 60 s: VOID',
    atLeast(0.95),
    { targetMs: 60, stolenSeconds: 6 },
    ['VOID'],
  ),
  verdicts('slow target (P95 1.4 s): FAIL', atLeast(0.95), { targetMs: 600 }, ['FAIL']),
  verdicts(
    'slow target (P95 1.4 s), the generator stalls for 0.3 s in one second of ten: FAIL',
    atLeast(0.95),
    { targetMs: 600, stallMs: oneIn(10, 300) },
    ['FAIL'],
  ),
];
