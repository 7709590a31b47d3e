import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreparedContender, Row, Sample } from './row.ts';
import { type ContenderResult, type RowResult, summarize } from './summary.ts';

/**
 * Measures a row: each contender once for warmth, then rounds in which all take their turn, so that
 * a machine that slows down or speeds up does so for all. Each round starts with another one, so
 * that none always comes after the same.
 */
export async function runRow(row: Row, options: RoundOptions): Promise<RowResult> {
  const undo: (() => Promise<void> | void)[] = [];
  const dir = await mkdtemp(join(tmpdir(), `memobuild-bench-${row.name}-`));
  try {
    const prepared: { name: string; contender: PreparedContender; samples: Sample[] }[] = [];
    for (const { name, prepare } of row.contenders) {
      options.say(`${row.name}: preparing ${name}`);
      const contender = await prepare({ dir, after: (step) => undo.push(step) });
      prepared.push({ name, contender, samples: [] });
    }
    for (const { contender } of prepared) {
      options.signal?.throwIfAborted();
      await contender.measure({ seconds: Math.min(2, options.seconds) });
    }
    for (let round = 0; round < options.rounds; round += 1) {
      for (let turn = 0; turn < prepared.length; turn += 1) {
        options.signal?.throwIfAborted();
        const one = prepared[(round + turn) % prepared.length]!;
        options.say(`${row.name}: round ${round + 1} of ${options.rounds}, ${one.name}`);
        one.samples.push(await one.contender.measure({ seconds: options.seconds }));
      }
    }
    const results: ContenderResult[] = prepared.map(({ name, samples }) => ({ name, samples }));
    return summarize(row, results);
  } finally {
    for (const step of undo.reverse()) await step();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Where it stands, for whoever waits. */
  readonly say: (text: string) => void;
  /** Ends the row between two turns; what it started is ended too. */
  readonly signal?: AbortSignal;
}
