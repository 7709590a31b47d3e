import { CacheError } from '../../core/index.ts';
import type { OutputBudget, Waiting } from '../listener/output-budget.ts';

/** Answers up to this size are never waited for: all calls of a connection together have few bytes of them. */
export const freeAnswerBytesMax: number = 16 * 1024;

/** What the calls of a connection hold of messages that have not come whole, or wait to be served. */
const messageBytesMax = 256 * 2 ** 20;

/** A call that waits for room. */
export interface RoomClaim {
  readonly bytes: number;
  /** Settles when there is room, or why there will be none. */
  readonly granted: Promise<void>;
  /** Takes the claim back. */
  withdraw(reason: unknown): void;
}

/** What the sweep of a connection looks at. */
export interface SweptCall {
  /** Ends the call if its client has read nothing for too long. */
  sweep(nowMs: number): void;
}

/**
 * The memory of one connection's calls: above all its answers, from before they are made until they have gone out. Calls take room
 * for what they are about to make; past the connection's bound they wait in the order in which they
 * came. An answer larger than the bound has the connection to itself.
 */
export class ConnectionOutput {
  readonly calls = new Set<SweptCall>();
  /** When the client was last seen to read an answer. */
  readAtMs = 0;
  /** When bytes of any kind were last seen to go out. */
  sentAtMs: number = performance.now();
  #sentBytes = 0;
  readonly #budget: OutputBudget;
  readonly #connection: Waiting;
  readonly #queue = new Set<RoomClaim & { grant(): void }>();
  #takenBytes = 0;
  #unreadBytes = 0;
  #messageBytes = 0;

  constructor(budget: OutputBudget, connection: Waiting) {
    this.#budget = budget;
    this.#connection = connection;
  }

  /** Notes how many bytes the connection has sent since it began. */
  noteSent(bytes: number, nowMs: number): void {
    if (bytes !== this.#sentBytes) this.sentAtMs = nowMs;
    this.#sentBytes = bytes;
  }

  /** Takes room; where there is none yet, returns a promise to wait for. */
  take(bytes: number): RoomClaim | undefined {
    if (this.#queue.size === 0 && this.#hasRoom(bytes)) {
      this.#takenBytes += bytes;
      return undefined;
    }
    let settle: { resolve(): void; reject(reason: unknown): void } | undefined;
    const granted = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    const claim = {
      bytes,
      granted,
      grant: () => settle?.resolve(),
      withdraw: (reason: unknown) => {
        if (!this.#queue.delete(claim)) return;
        settle?.reject(reason);
        this.#admit();
      },
    };
    this.#queue.add(claim);
    return claim;
  }

  /** Corrects what a call has taken: what was made is larger or smaller than was thought, or has gone out. */
  adjust(bytes: number): void {
    this.#takenBytes += bytes;
    if (bytes < 0) this.#admit();
  }

  /** Counts what was handed to the connection; with a negative number what has gone out. */
  unread(bytes: number): void {
    this.#unreadBytes += bytes;
    // A client that reads is not among those who have waited longest.
    if (bytes < 0) this.#budget.note(this.#connection, 0);
    if (this.#unreadBytes > 0) this.#budget.note(this.#connection, this.#unreadBytes);
  }

  /**
   * Counts what calls hold of their clients' messages.
   * @throws {CacheError} `overloaded`.
   */
  holdMessages(bytes: number): void {
    if (bytes > 0 && this.#messageBytes + bytes > messageBytesMax) {
      throw new CacheError('overloaded', 'this connection has too many long messages under way');
    }
    this.#messageBytes += bytes;
  }

  #hasRoom(bytes: number): boolean {
    return this.#takenBytes === 0 || this.#takenBytes + bytes <= this.#budget.connectionBytesMax;
  }

  #admit(): void {
    for (const claim of this.#queue) {
      if (!this.#hasRoom(claim.bytes)) return;
      this.#queue.delete(claim);
      this.#takenBytes += claim.bytes;
      claim.grant();
    }
  }
}
