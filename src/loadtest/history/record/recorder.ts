import type { FaultEvent, Operation } from '../check/operation.ts';
import type { ValueName } from '../values/value.ts';

/** Where all clients of a run write down what they did, on one clock. */
export class Recorder {
  readonly operations: Operation[] = [];
  readonly faults: FaultEvent[] = [];
  /** The wall clock's time at 0 ms of the run. */
  readonly startedAtMs: number = Date.now();
  readonly #originMs = performance.now();
  readonly #sent = new Map<string, ValueName[]>();

  /** In ms of the run, as exact as a file holds it. */
  nowMs(): number {
    return Math.round((performance.now() - this.#originMs) * stepsPerMs) / stepsPerMs;
  }

  /** Whether it holds as many operations as it may. */
  get isFull(): boolean {
    return this.operations.length >= operationsMax;
  }

  /** Keeps which values a key may have, from before they are sent. */
  sending(value: ValueName): void {
    const values = this.#sent.get(value.key);
    if (values === undefined) this.#sent.set(value.key, [value]);
    else values.push(value);
  }

  sentValues(key: string): Iterable<ValueName> {
    return this.#sent.get(key) ?? [];
  }
}

const stepsPerMs = 10_000;

/** About 150 bytes each in the file, and 300 in memory. */
export const operationsMax = 1_000_000;
