import type { TraceEvent } from '../../core/trace/index.ts';
import type { ReplayKey } from './replay-step.ts';

/** Keys of a replay, over all; each takes about 150 bytes while the trace is planned. */
export const replayKeysMax = 2_000_000;
/** Size of an entry whose size the trace never says. */
export const unknownSizeBytes = 1024;

/**
 * Chooses keys for a trace's operations so that hits stay hits and misses stay misses. A key whose
 * first lookup hit is stored before the start. Where the trace contradicts what is stored by then
 * (an eviction, a purge, a write that was not recorded, another size), and where the protocol takes
 * no second store, the trace's key is replaced by a fresh one.
 */
export class KeyPlan {
  readonly #current = new Map<string, Planned>();
  readonly #sizes: Readonly<Record<ReplayKey['kind'], number[]>> = { warm: [], new: [] };
  readonly #written: boolean[] = [];
  readonly #keysMax: number;
  readonly #storesOnce: boolean;
  #renewed = 0;

  /** @param options.storesOnce whether a key that has an entry rejects another. */
  constructor({ keysMax = replayKeysMax, storesOnce = false }: KeyPlanOptions = {}) {
    this.#keysMax = keysMax;
    this.#storesOnce = storesOnce;
  }

  /** How many times a trace's key went on under a fresh one. */
  get renewed(): number {
    return this.#renewed;
  }

  get isFull(): boolean {
    return this.#sizes.warm.length + this.#sizes.new.length >= this.#keysMax;
  }

  /** The key for an operation whose answer was `hit`, `miss`, `stored` or `removed`. */
  keyFor(event: TraceEvent): ReplayKey {
    const name = event.key!;
    let planned = this.#current.get(name);
    const wanted = event.answer === 'hit' || event.answer === 'removed' ? 'present' : 'absent';
    if (planned === undefined) {
      planned = this.#add(name, wanted === 'present');
    } else if (
      event.answer === 'stored'
        ? this.#storesOnce && planned.state === 'present'
        : planned.state !== wanted
    ) {
      planned = this.#renew(name, wanted === 'present');
    }
    planned = this.#fitSize(name, planned, event);
    if (event.answer === 'stored') {
      planned.state = 'present';
      if (planned.kind === 'new') this.#written[planned.number] = true;
    } else if (event.answer === 'removed') {
      planned.state = 'absent';
    }
    return planned;
  }

  /** Sizes of the keys to store before the start, by rank. */
  warmSizes(): Float64Array {
    return shared(this.#sizes.warm);
  }

  newSizes(): Float64Array {
    return shared(this.#sizes.new);
  }

  /** What the replay leaves on a target that had none of it, nothing removed. */
  storedBytes(): number {
    let bytes = 0;
    for (const size of this.#sizes.warm) bytes += known(size);
    for (const [number, size] of this.#sizes.new.entries()) {
      if (this.#written[number] === true) bytes += known(size);
    }
    return bytes;
  }

  /** An entry has one size; what comes with another is another entry. */
  #fitSize(name: string, planned: Planned, { size, answer }: TraceEvent): Planned {
    if (size === undefined || answer === 'miss') return planned;
    const before = this.#sizes[planned.kind][planned.number]!;
    const fitting = before < 0 || before === size ? planned : this.#renew(name, answer === 'hit');
    this.#sizes[fitting.kind][fitting.number] = size;
    return fitting;
  }

  #renew(name: string, isStored: boolean): Planned {
    this.#renewed += 1;
    return this.#add(name, isStored);
  }

  #add(name: string, isStored: boolean): Planned {
    const kind = isStored ? 'warm' : 'new';
    const number = this.#sizes[kind].push(-1) - 1;
    const planned: Planned = { kind, number, state: isStored ? 'present' : 'absent' };
    this.#current.set(name, planned);
    return planned;
  }
}

export interface KeyPlanOptions {
  readonly keysMax?: number;
  readonly storesOnce?: boolean;
}

interface Planned extends ReplayKey {
  state: 'present' | 'absent';
}

function known(size: number): number {
  return size < 0 ? unknownSizeBytes : size;
}

/** In memory that all threads see. */
function shared(sizes: readonly number[]): Float64Array {
  const array = new Float64Array(
    new SharedArrayBuffer(sizes.length * Float64Array.BYTES_PER_ELEMENT),
  );
  for (const [index, size] of sizes.entries()) array[index] = known(size);
  return array;
}
