import type { FaultEvent } from './operation.ts';
import { endOf, firstEndOf, lastStartOf, type ValueCluster } from './value-cluster.ts';
import type { ZoneConflict } from './zone-conflicts.ts';

/**
 * What a failover of the shared store's Redis may lose: writes that were acknowledged in the last
 * `losableMs` before it, or while it lasted. Then a key is as it was before them.
 */
export class Failovers {
  readonly #windows: readonly { readonly fromMs: number; readonly untilMs: number }[];

  constructor(faults: readonly FaultEvent[], losableMs: number) {
    this.#windows = faults
      .filter(({ kind }) => kind === 'failover')
      .map(({ fromMs, untilMs }) => ({ fromMs: fromMs - losableMs, untilMs }));
  }

  /** Whether a value may be gone because nobody had it before a window, nor after it. */
  mayLose(value: ValueCluster): boolean {
    return this.#windows.some(
      ({ fromMs, untilMs }) => firstEndOf(value) >= fromMs && lastStartOf(value) <= untilMs,
    );
  }

  /** Whether a miss may show that all values which were there before it are lost. */
  mayExplainMiss(earlier: readonly ValueCluster[], missEndedMs: number): boolean {
    return this.#windows.some(
      ({ fromMs, untilMs }) =>
        missEndedMs >= fromMs &&
        earlier.every(
          (value) =>
            firstEndOf(value) >= fromMs &&
            value.operations.every(
              (operation) => endOf(operation) >= missEndedMs || operation.invokedMs <= untilMs,
            ),
        ),
    );
  }

  /** The value of a conflict that may have been lost, if one may. */
  lostIn({ held, other }: ZoneConflict): ValueCluster | undefined {
    return [other, held].find((value) => this.mayLose(value));
  }
}
