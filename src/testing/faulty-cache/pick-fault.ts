import { type Fault, type Method, methodsOf } from './faults.ts';

/** Decides, request by request, whether and what goes wrong. Seeded: the same requests in the same order fail alike. */
export class FaultPicker {
  readonly #faults: readonly Fault[];
  readonly #spent = new Set<Fault>();
  readonly random: () => number;

  constructor(faults: readonly Fault[], seed: number) {
    this.#faults = faults;
    this.random = mulberry32(seed);
  }

  /** The fault for this request: the first of the list whose turn it is. */
  pick(request: FaultyRequest): Fault | undefined {
    return this.#faults.find((fault) => this.#isDue(fault, request));
  }

  #isDue(fault: Fault, request: FaultyRequest): boolean {
    if (fault.kind === 'evict' || this.#spent.has(fault)) return false;
    if (!(fault.methods ?? methodsOf[fault.kind]).includes(request.method)) return false;
    if (!request.key.startsWith(fault.keysFrom ?? '')) return false;
    if (request.lookupsBefore < (fault.afterLookups ?? 0)) return false;
    if (altersBody(fault) && !request.hit) return false;
    // The last condition, so that requests that can't fail take nothing from the sequence.
    if (this.random() >= (fault.share ?? 1)) return false;
    if (fault.kind === 'stall' || fault.kind === 'die') this.#spent.add(fault);
    return true;
  }
}

/** What the decision depends on. */
export interface FaultyRequest {
  readonly method: Method;
  readonly key: string;
  /** Whether the key is there: else there is no body to alter. */
  readonly hit: boolean;
  readonly lookupsBefore: number;
}

function altersBody(fault: Fault): boolean {
  return (
    ['flip-byte', 'truncate', 'other-bytes', 'drip'].includes(fault.kind) ||
    (fault.kind === 'reset' && fault.when === 'in-body')
  );
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for a few thousand draws. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
