import { CacheError } from '../../../core/index.ts';
import { noRoomError } from '../../body.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import type { IndexTransaction } from './index-transaction.ts';

/** What {@link Reservations} are made with. */
export interface ReservationsOptions {
  readonly queue: CommitQueue;
  /** Bound of the store; 0 = unbounded. */
  readonly maxBytes: number;
}

/**
 * Room for bodies under way, which count against the bound as entries do: for a file that is being
 * written there is room before its bytes are on the disk, made by evicting entries, or the write is
 * refused.
 *
 * The room is leased from the index, whose totals hold the sum of all processes' leases. A process
 * leases somewhat more than it needs at once, where that evicts nothing, so that most bodies need no
 * transaction of their own; what it does not use it gives back soon. A commit turns a body's room into
 * its entry's. A dead process's lease ends when its files have been removed.
 */
export class Reservations {
  readonly #options: ReservationsOptions;
  readonly #stepBytes: number;
  /** What the index holds for this process. */
  #leasedBytes = 0;
  /** What bodies under way have of it. */
  #usedBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReservationsOptions) {
    const { maxBytes } = options;
    this.#options = options;
    this.#stepBytes =
      maxBytes === 0 ? leaseStepBytesMax : Math.min(leaseStepBytesMax, maxBytes / leaseShare);
  }

  /**
   * Takes room. What the process leases for it may be more by `spareBytes`, for what comes next.
   * @throws {CacheError} `too_large` for more than the bound, `store_full` where other bodies under
   * way leave too little, `aborted`, `unavailable`.
   */
  async take(bytes: number, spareBytes: number, signal: AbortSignal): Promise<void> {
    if (this.#usedBytes + bytes <= this.#leasedBytes) {
      this.#usedBytes += bytes;
      return;
    }
    const { queue } = this.#options;
    let isTaken = false;
    let addedBytes = 0;
    try {
      await queue.run((index) => {
        const wantedBytes = Math.max(0, this.#usedBytes + bytes - this.#leasedBytes);
        const room = index.makeRoom(wantedBytes);
        if (room === 'more to evict') return again;
        if (room === 'full') throw this.#full(bytes);
        // Only of what is free, so that nothing is evicted for it.
        const freeBytes = Math.max(0, index.freeBytes - wantedBytes);
        const moreBytes = Math.min(Math.max(this.#stepBytes, spareBytes), freeBytes / 2);
        addedBytes = Math.floor(wantedBytes + moreBytes);
        index.lease(addedBytes);
        // At once, since the next work in this transaction uses it.
        this.#leasedBytes += addedBytes;
        this.#usedBytes += bytes;
        isTaken = true;
        return undefined;
      }, signal);
    } catch (error) {
      if (isTaken) {
        this.#leasedBytes -= addedBytes;
        this.#usedBytes -= bytes;
      }
      throw error;
    }
  }

  /** Gives room back that {@link take} took. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#returnSoon();
  }

  /** The room was given to an entry: the transaction has taken it off the lease. */
  spent(bytes: number): void {
    this.#leasedBytes -= bytes;
    this.#usedBytes -= bytes;
    this.#returnSoon();
  }

  /** Gives back, within a transaction, what no body needs. */
  giveSpareBack(index: IndexTransaction): void {
    const spareBytes = Math.floor(this.#leasedBytes - this.#usedBytes);
    if (spareBytes <= 0) return;
    index.lease(-spareBytes);
    this.#leasedBytes -= spareBytes;
  }

  /** Ends the timer; the lease ends with this process's place among the owners. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #returnSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // What is not given back now is given back the next time, or with the process.
      this.#giveBack().catch(() => {});
    }, returnDelayMs).unref();
  }

  /** Gives back what is not used, but for a step while bodies are under way. */
  async #giveBack(): Promise<void> {
    const { queue } = this.#options;
    const spareOf = (): number =>
      this.#leasedBytes - this.#usedBytes - (this.#usedBytes > 0 ? this.#stepBytes : 0);
    if (spareOf() <= 0) return;
    let givenBytes = 0;
    try {
      await queue.run((index) => {
        givenBytes = Math.max(0, Math.floor(spareOf()));
        index.lease(-givenBytes);
        this.#leasedBytes -= givenBytes;
      });
    } catch (error) {
      this.#leasedBytes += givenBytes;
      throw error;
    }
  }

  #full(bytes: number): CacheError {
    const { maxBytes } = this.#options;
    return bytes > maxBytes
      ? new CacheError(
          'too_large',
          `the store's limit is ${maxBytes} bytes, this body needs ${bytes}`,
        )
      : noRoomError(maxBytes);
  }
}

/** Largest part of the bound, and most bytes, that a process leases without needing them yet. */
const leaseShare = 256;
const leaseStepBytesMax = 8 * 2 ** 20;
/** How long a process keeps what it does not need. */
const returnDelayMs = 1_000;

/** The room of one body, as much as it is known to need so far. */
export class Reservation {
  readonly #reservations: Reservations;
  readonly #signal: AbortSignal;
  #heldBytes = 0;

  constructor(reservations: Reservations, signal: AbortSignal) {
    this.#reservations = reservations;
    this.#signal = signal;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Makes sure that at least this much is held.
   * @param spareBytes how much more is likely to be needed soon.
   * @throws {CacheError} as {@link Reservations.take}.
   */
  async hold(bytes: number, spareBytes = 0): Promise<void> {
    const moreBytes = bytes - this.#heldBytes;
    if (moreBytes <= 0) return;
    await this.#reservations.take(moreBytes, spareBytes, this.#signal);
    this.#heldBytes += moreBytes;
  }

  /** The body became an entry, in a transaction that took what was held off the lease. */
  spend(): void {
    this.#reservations.spent(this.#heldBytes);
    this.#heldBytes = 0;
  }

  release(): void {
    if (this.#heldBytes > 0) this.#reservations.release(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
