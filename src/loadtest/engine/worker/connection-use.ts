import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { ConnectionPool } from './connection-pool.ts';

/**
 * Counts what distinguishes a target that became slow from a limit on connections that is too low: how long
 * operations waited because every connection was busy, how many ended meanwhile, and how long those
 * took that were sent while most connections were idle.
 */
export class ConnectionUse {
  readonly #pool: Pick<ConnectionPool, 'all' | 'busy' | 'most'>;
  readonly #counters: Counters;
  readonly #recordCalm: (serviceMs: number) => void;
  readonly #now: () => number;
  #waitingSinceMs: number | undefined;

  /**
   * @param recordCalm takes the time at the target of an operation that was sent while few connections were in use.
   * @param now a monotonic clock, ms.
   */
  constructor(
    pool: Pick<ConnectionPool, 'all' | 'busy' | 'most'>,
    counters: Counters,
    recordCalm: (serviceMs: number) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#pool = pool;
    this.#counters = counters;
    this.#recordCalm = recordCalm;
    this.#now = now;
    counters[counterSlot.connections] = pool.all.length;
  }

  /** A connection was taken. */
  noteTaken(): void {
    const { all, busy } = this.#pool;
    this.#counters[counterSlot.connections] = all.length;
    if (busy > this.#counters[counterSlot.busyMost]!) this.#counters[counterSlot.busyMost] = busy;
  }

  /** Whether an operation waits because all connections are busy, as of now. */
  noteWaiting(isWaiting: boolean): void {
    const since = this.#waitingSinceMs;
    if (since === undefined && !isWaiting) return;
    const now = this.#now();
    if (since !== undefined) {
      this.#counters[counterSlot.allBusyMs]! += now - since;
      this.#counters[counterSlot.allBusyConnectionMs]! += (now - since) * this.#pool.most;
    }
    this.#waitingSinceMs = isWaiting ? now : undefined;
  }

  /**
   * An operation has ended.
   * @param busyAtSend connections in use when it was sent, its own included.
   * @param serviceMs from its send to its end.
   */
  noteServed(busyAtSend: number, serviceMs: number): void {
    if (this.#waitingSinceMs !== undefined) this.#counters[counterSlot.allBusyEnded]! += 1;
    if (busyAtSend <= this.#pool.most * calmShare) this.#recordCalm(serviceMs);
  }
}

/** So many of the connections in use are few. */
const calmShare = 0.25;
