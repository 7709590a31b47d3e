import { thisCheckout } from './checkout.ts';
import { inRowScope, warmUp } from './prepare.ts';
import type { PreparedContender, Row, Sample } from './row.ts';
import { type RowResult, summarize } from './summary.ts';

/**
 * Measures a row: each contender once for warmth, then rounds in which all take their turn, so that
 * a machine that slows down or speeds up does so for all. Each round starts with another one, so
 * that none always comes after the same.
 */
export async function runRow(row: Row, options: RoundOptions): Promise<RowResult> {
  return inRowScope(row.name, async ({ prepare }) => {
    const prepared: { name: string; contender: PreparedContender; samples: Sample[] }[] = [];
    for (const contender of row.contenders) {
      const { name } = contender;
      options.say(`${row.name}: preparing ${name}`);
      const ready = await prepare(contender, thisCheckout);
      prepared.push({ name, contender: ready, samples: [] });
    }
    for (const { contender } of prepared) {
      options.signal?.throwIfAborted();
      await warmUp(contender, options.seconds);
    }
    for (let round = 0; round < options.rounds; round += 1) {
      for (let turn = 0; turn < prepared.length; turn += 1) {
        options.signal?.throwIfAborted();
        const one = prepared[(round + turn) % prepared.length]!;
        options.say(`${row.name}: round ${round + 1} of ${options.rounds}, ${one.name}`);
        one.samples.push(await one.contender.measure({ seconds: options.seconds }));
      }
    }
    return summarize(
      row,
      prepared.map(({ name, samples }) => ({ name, samples })),
    );
  });
}

export interface TurnOptions {
  readonly seconds: number;
  /** Progress, for whoever waits. */
  readonly say: (text: string) => void;
  /** Ends the row between two turns; what it started is ended too. */
  readonly signal?: AbortSignal;
}

export interface RoundOptions extends TurnOptions {
  readonly rounds: number;
}
