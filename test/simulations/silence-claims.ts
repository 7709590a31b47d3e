import { createSendingMemory, SendingTime } from '../../src/loadtest/metrics/sending-time.ts';
import { createSilenceMemory, SilenceWatch } from '../../src/loadtest/metrics/silence.ts';
import { standardNormal } from '../../src/loadtest/statistics/detectable-change.ts';
import type { Random } from '../../src/loadtest/statistics/random.ts';
import { atLeast, atMost, type Claim } from './claim.ts';

/** A closed loop of half a minute. */
const lengthMs = 30_000;
/** The limit of the published criteria. */
const limitMs = 1_000;

interface Target {
  readonly clients: number;
  /** One operation in so many takes 1.5 s, as a large artifact does. */
  readonly largeOneIn?: number;
  /** The target answers nothing for so long, once. */
  readonly outageMs?: number;
}

/** Plays a closed loop. @returns the longest silence that is measured. */
function longestSilenceMs(random: Random, { clients, largeOneIn, outageMs = 0 }: Target): number {
  const sending = new SendingTime(createSendingMemory(), 0);
  sending.endAt(lengthMs);
  const watch = new SilenceWatch(createSilenceMemory(), 0, sending);
  const outageFromMs = random() * (lengthMs - outageMs);
  const endOf = (fromMs: number): number => {
    const isLarge = largeOneIn !== undefined && random() < 1 / largeOneIn;
    const endMs = fromMs + (isLarge ? 1_500 : 50 * Math.exp(standardNormal(random)));
    const isHit = endMs > outageFromMs && fromMs < outageFromMs + outageMs;
    return isHit ? endMs + outageFromMs + outageMs - Math.max(outageFromMs, fromMs) : endMs;
  };
  const ends = Array.from({ length: clients }, () => {
    watch.begin(0);
    return endOf(0);
  });
  let longestMs = 0;
  for (;;) {
    const first = ends.reduce((least, end, index) => (end < ends[least]! ? index : least), 0);
    const nowMs = ends[first]!;
    if (nowMs > lengthMs) return longestMs;
    const { fromMs, toMs } = watch.end(nowMs, true);
    longestMs = Math.max(longestMs, toMs - fromMs);
    watch.begin(nowMs);
    ends[first] = endOf(nowMs);
  }
}

function silence(
  what: string,
  wanted: Claim['wanted'],
  target: Target,
  isCounted: (longestMs: number) => boolean = (longestMs) => longestMs >= limitMs,
): Claim {
  const play = (random: Random): boolean => isCounted(longestSilenceMs(random, target));
  return { what, wanted, rounds: 1_000, roundsInTest: 30, play };
}

/** What the row 'longest silence' finds in a closed loop whose operations take 50 ms, with a long tail. */
export const silenceClaims: readonly Claim[] = [
  silence('20 clients, an outage of 1.2 s in 30 s: the row does not pass', atLeast(0.95), {
    clients: 20,
    outageMs: 1_200,
  }),
  silence(
    '20 clients, an outage of 1.2 s in 30 s: measured to within 5 %',
    atLeast(0.95),
    { clients: 20, outageMs: 1_200 },
    (longestMs) => Math.abs(longestMs - 1_200) <= 60,
  ),
  silence('20 clients, no outage: the row does not pass', atMost(0.01), { clients: 20 }),
  silence('5 clients, one artifact in 200 takes 1.5 s: the row does not pass', atMost(0.05), {
    clients: 5,
    largeOneIn: 200,
  }),
];
