import type { TraceEvent } from '../../core/trace/index.ts';

/** An operation is written when it ended; one that took longer than this may come out of order. */
export const heldUsMax: number = 60e6;
/** Operations held at a time, for putting them in order. */
export const heldEventsMax: number = 131_072;

/**
 * Puts a trace's operations into the order of their times. The file has them in the order in which
 * processes wrote them, so only a bounded stretch has to be held.
 */
export class EventOrder {
  /** A binary heap: each is not later than its two children. */
  readonly #heap: Held[] = [];
  readonly #eventsMax: number;
  #added = 0;
  #latestUs = 0;
  #releasedUs = 0;
  #outOfOrder = 0;

  constructor(eventsMax: number = heldEventsMax) {
    this.#eventsMax = eventsMax;
  }

  /** Operations that came too late to be put where they belong. Their time is that of the one before. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** Takes the next of the file and gives those that nothing can come before any more. */
  *add(event: TraceEvent): Generator<TraceEvent, void, undefined> {
    this.#push({ event, number: this.#added });
    this.#added += 1;
    this.#latestUs = Math.max(this.#latestUs, event.t);
    while (
      this.#heap.length > this.#eventsMax ||
      (this.#heap.length > 0 && this.#heap[0]!.event.t < this.#latestUs - heldUsMax)
    ) {
      yield this.#release();
    }
  }

  /** Gives what is left. */
  *finish(): Generator<TraceEvent, void, undefined> {
    while (this.#heap.length > 0) yield this.#release();
  }

  #release(): TraceEvent {
    const { event } = this.#pop();
    if (event.t >= this.#releasedUs) {
      this.#releasedUs = event.t;
      return event;
    }
    this.#outOfOrder += 1;
    return { ...event, t: this.#releasedUs };
  }

  #push(held: Held): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(held);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(held, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = held;
  }

  #pop(): Held {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

interface Held {
  readonly event: TraceEvent;
  /** Place in the file: operations of one instant keep their order. */
  readonly number: number;
}

function isBefore(a: Held, b: Held): boolean {
  return a.event.t < b.event.t || (a.event.t === b.event.t && a.number < b.number);
}
