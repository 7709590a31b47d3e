import { randomInt } from 'node:crypto';
import type { Checkout } from './checkout.ts';
import { type PairedRatio, pairedRatio } from './paired-ratio.ts';
import { inRowScope, type RowScope, warmUp } from './prepare.ts';
import type { Contender, Metric, PreparedContender, Row, Sample } from './row.ts';
import type { TurnOptions } from './run-row.ts';
import { median } from './summary.ts';

/** Who was measured: this checkout or the other one. */
export type Side = 'this' | 'other';

/** One turn of each side, one directly after the other. */
export interface Pair extends Readonly<Record<Side, Sample>> {
  readonly first: Side;
}

/** A metric's values on both sides, over the pairs in which both have it and neither is 0. */
export interface PairedFigure extends PairedRatio {
  readonly pairs: number;
  /** Medians. */
  readonly this: number;
  readonly other: number;
}

/** One contender of a row, measured on two checkouts. */
export interface PairedResult {
  readonly row: string;
  readonly title: string;
  readonly contender: string;
  readonly figures: Readonly<Partial<Record<Metric, PairedFigure>>>;
  /** Over all pairs. */
  readonly errors: Readonly<Record<Side, number>>;
  readonly pairs: readonly Pair[];
}

export interface PairOptions extends TurnOptions {
  readonly checkouts: Readonly<Record<Side, Checkout>>;
  readonly pairs: number;
}

/**
 * Measures what is ours in a row on two checkouts, in pairs: both sides are started, warmed up and
 * then measured, one directly after the other. The order is drawn by lot and even over the whole.
 * Each pair has processes of its own, because one start of a server may be faster than the next for
 * as long as it lives; a row that takes long to prepare is prepared once.
 */
export async function runPairs(row: Row, options: PairOptions): Promise<PairedResult[]> {
  const results: PairedResult[] = [];
  for (const contender of row.contenders.filter(({ role }) => role === 'ours')) {
    const firsts = drawOrder(options.pairs);
    const batches = row.slow === true ? [firsts] : firsts.map((first) => [first]);
    const pairs: Pair[] = [];
    for (const batch of batches) {
      const where = `${row.name}, ${contender.name}: pair ${pairs.length + 1} of ${options.pairs}`;
      options.say(where);
      pairs.push(
        ...(await inRowScope(row.name, (scope) => measurePairs(scope, contender, batch, options))),
      );
    }
    results.push(summarizePairs(row, contender.name, pairs));
  }
  return results;
}

/** Who goes first in each pair: of two pairs one each, in an order drawn by lot. */
export function drawOrder(pairs: number): Side[] {
  const order: Side[] = [];
  while (order.length < pairs) {
    order.push(
      ...(randomInt(2) === 0 ? (['this', 'other'] as const) : (['other', 'this'] as const)),
    );
  }
  return order.slice(0, pairs);
}

async function measurePairs(
  scope: RowScope,
  contender: Contender,
  firsts: readonly Side[],
  { checkouts, seconds, signal }: PairOptions,
): Promise<Pair[]> {
  const prepared = new Map<Side, PreparedContender>();
  for (const side of turns(firsts[0]!)) {
    signal?.throwIfAborted();
    const ready = await scope.prepare(contender, checkouts[side]);
    await warmUp(ready, seconds);
    prepared.set(side, ready);
  }
  const pairs: Pair[] = [];
  for (const first of firsts) {
    const samples: Partial<Record<Side, Sample>> = {};
    for (const side of turns(first)) {
      signal?.throwIfAborted();
      samples[side] = await prepared.get(side)!.measure({ seconds });
    }
    pairs.push({ first, this: samples.this!, other: samples.other! });
  }
  return pairs;
}

function turns(first: Side): readonly [Side, Side] {
  return first === 'this' ? ['this', 'other'] : ['other', 'this'];
}

/** The ratio this/other of each metric that is worth a column, from the pairs' own ratios. */
export function summarizePairs(
  { name, title, columns }: Pick<Row, 'name' | 'title' | 'columns'>,
  contender: string,
  pairs: readonly Pair[],
): PairedResult {
  const figures: Partial<Record<Metric, PairedFigure>> = {};
  // CPU is worth a ratio where it is known, also in a row whose table has no column for it.
  for (const metric of new Set<Metric>([...columns, 'cpuUsPerOp', 'clientCpuUsPerOp'])) {
    if (metric === 'errors') continue;
    const both = pairs.flatMap((pair) => {
      const [mine, theirs] = [pair.this[metric] ?? 0, pair.other[metric] ?? 0];
      return mine > 0 && theirs > 0 ? [{ mine, theirs }] : [];
    });
    if (both.length === 0) continue;
    figures[metric] = {
      ...pairedRatio(both.map(({ mine, theirs }) => mine / theirs)),
      pairs: both.length,
      this: median(both.map(({ mine }) => mine)),
      other: median(both.map(({ theirs }) => theirs)),
    };
  }
  const errorsOf = (side: Side): number =>
    pairs.reduce((sum, pair) => sum + (pair[side].errors ?? 0), 0);
  const errors = { this: errorsOf('this'), other: errorsOf('other') };
  return { row: name, title, contender, figures, errors, pairs };
}
