import type { Random } from '../../src/loadtest/statistics/random.ts';
import type { Verdict } from '../../src/loadtest/verdict/judge.ts';
import { atLeast, atMost, type Claim } from './claim.ts';
import { judgeLoop, type Loop } from './open-loop.ts';

function areBlamed({ generator }: Verdict): boolean {
  return generator.some(({ text }) => text.includes('the connections were the limit'));
}

function says(
  what: string,
  wanted: Claim['wanted'],
  loop: Loop,
  isCounted: (verdict: Verdict) => boolean = areBlamed,
): Claim {
  const play = (random: Random): boolean => isCounted(judgeLoop(random, loop));
  return { what, wanted, rounds: 100, roundsInTest: 3, play };
}

const enough: Loop = { connections: 40, load: 0.6 };
const tooFew: Loop = { connections: 10, load: 1.3 };
const slowThird: Loop = { ...enough, slow: { times: 4, forMs: 10_000 } };

/** When the connections of an open loop are what operations waited for, and what that makes of its verdict. */
export const connectionClaims: readonly Claim[] = [
  says('40 connections for 60 % of what they carry: blamed', atMost(0.05), enough),
  says('the same, the target stalls for 1 s: blamed', atMost(0.05), { ...enough, stallMs: 1_000 }),
  says('the same, the target stalls for 8 s: blamed', atMost(0.05), { ...enough, stallMs: 8_000 }),
  says(
    'the same, the target takes four times as long for a third of the run: blamed',
    atMost(0.05),
    slowThird,
  ),
  says('the same, the target takes 2.5 times as long for 55 % of the run: blamed', atMost(0.05), {
    ...enough,
    slow: { times: 2.5, forMs: 16_500 },
  }),
  says('the same, the generator stalls for 2 s: blamed', atMost(0.05), {
    ...enough,
    generatorStallMs: 2_000,
  }),
  says(
    '50 connections to a target that works on 5 operations at once, 1.2 times what it carries: blamed',
    atMost(0.05),
    { connections: 50, load: 0.12, servers: 5 },
  ),
  says(
    '4 connections for 60 % of what they carry, the target stalls for 3 s: blamed',
    atMost(0.05),
    {
      connections: 4,
      load: 0.6,
      stallMs: 3_000,
    },
  ),
  says('10 connections for 1.3 times what they carry: blamed', atLeast(0.95), tooFew),
  says('the same, with a long tail (sigma 1.5): blamed', atLeast(0.95), { ...tooFew, sigma: 1.5 }),
  says('the same, the target stalls for 1 s: blamed', atLeast(0.95), { ...tooFew, stallMs: 1_000 }),
  says('100 connections for 1.1 times what they carry: blamed', atLeast(0.95), {
    connections: 100,
    load: 1.1,
  }),
  says('2 connections for 0.9 times what they carry: blamed', atLeast(0.95), {
    connections: 2,
    load: 0.9,
  }),
  says(
    '10 connections for 1.3 times what they carry: VOID',
    atLeast(0.95),
    tooFew,
    ({ verdict }) => {
      return verdict === 'VOID';
    },
  ),
  says(
    '40 connections, the target takes four times as long for a third of the run: FAIL',
    atLeast(0.95),
    slowThird,
    ({ verdict }) => verdict === 'FAIL',
  ),
];
