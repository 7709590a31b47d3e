import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Checkout, openCheckout } from './checkout.ts';
import type { Row } from './row.ts';

/** Fewer pairs give no interval of 95 %. */
const pairsLeast = 6;

const usage = `npm run bench -- [--only NAME,NAME] [--rounds 5] [--seconds 3] [--all] [--list] [--json FILE]
npm run bench -- --against DIR [--pairs 15] [--only NAME,NAME] [--seconds 3] [--all] [--json FILE]

  --only     rows of these names, or whose names begin with one of them
  --rounds   how often every contender takes its turn; figures are medians over them (default 5)
  --seconds  how long each turn lasts (default 3)
  --all      the slow rows too
  --json     where the figures go (default bench/results/latest.json, with --against against.json)
  --against  measures this checkout beside another one instead of beside peers: a directory with
             bin/memobuild.js, which is built if its dist is absent or older than its sources
  --pairs    interleaved pairs of turns, ${pairsLeast} or more (default 15)
`;

export interface BenchOptions {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly all: boolean;
  readonly list: boolean;
  readonly json: string;
  readonly against: Checkout | undefined;
  readonly pairs: number;
}

/** Reads the flags. Says what is wrong with them, and answers `undefined`, where something is. */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  try {
    return parse(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return undefined;
  }
}

function parse(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '3' },
      all: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      json: { type: 'string' },
      against: { type: 'string' },
      pairs: { type: 'string' },
    },
  });
  const { against, rounds, pairs } = values;
  if (against === undefined && pairs !== undefined) throw new Error('--pairs goes with --against');
  if (against !== undefined && rounds !== undefined) {
    throw new Error('--rounds does not go with --against, which takes --pairs');
  }
  const file = against === undefined ? 'latest.json' : 'against.json';
  return {
    only: values.only.split(',').filter((name) => name !== ''),
    all: values.all,
    list: values.list,
    rounds: wholeNumber('--rounds', rounds ?? '5', 1),
    seconds: wholeNumber('--seconds', values.seconds, 1),
    pairs: wholeNumber('--pairs', pairs ?? '15', pairsLeast),
    json: values.json ?? join(import.meta.dirname, '..', 'results', file),
    against: against === undefined ? undefined : openCheckout(against),
  };
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new Error(`${flag} takes a whole number from ${least}, got '${text}'`);
  }
  return value;
}

/** The rows asked for by name, or all that are not slow. */
export function chooseRows(rows: readonly Row[], { only, all }: BenchOptions): readonly Row[] {
  if (only.length > 0) return only.flatMap((name) => rowsCalled(rows, name));
  return rows.filter((row) => all || row.slow !== true);
}

/** The row of that name, or all whose names begin so. */
function rowsCalled(rows: readonly Row[], name: string): readonly Row[] {
  const exact = rows.filter((row) => row.name === name);
  return exact.length > 0 ? exact : rows.filter((row) => row.name.startsWith(name));
}
