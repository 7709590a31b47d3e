import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CacheError } from '../../../core/index.ts';
import { KernelLock } from '../../kernel-lock.ts';
import type { Layout } from './layout.ts';

/**
 * Keeps the processes of a store from opening its index while another one commits.
 *
 * LMDB publishes the number of the newest transaction in memory that all its processes share.
 * Opening an index reads that number from the file and writes it to the shared memory a moment
 * later, without the writers' lock. A commit in between is undone: the next writer starts from the
 * state before it, although the commit was acknowledged. Read-only openers do the same. So a commit
 * holds this gate shared, and an opening holds it exclusively.
 *
 * Committers overlap almost without a gap when a store is busy, and an opener would wait forever.
 * It therefore takes a second lock first, which every committer touches before it enters.
 */
export class CommitGate {
  readonly #dir: string;
  readonly #timeoutMs: number;
  /** Held shared by commits and exclusively by an opening. */
  readonly #commits: KernelLock;
  /** Held exclusively by the opener whose turn is next; touched by each committer. */
  readonly #turn: KernelLock;
  /** Held shared by each process for as long as it has the index open. */
  readonly #use: KernelLock;
  /** Commits of this process that are inside. The kernel counts the process once. */
  #inside = 0;

  private constructor(layout: Layout, timeoutMs: number) {
    const lock = (name: string): KernelLock => KernelLock.open(join(layout.locksDir, name));
    this.#dir = layout.dir;
    this.#timeoutMs = timeoutMs;
    this.#commits = lock('commits');
    this.#turn = lock('turn');
    this.#use = lock('use');
  }

  /** @param timeoutMs how long a commit or an opening waits for the others. Default {@link gateTimeoutMs}. */
  static open(layout: Layout, timeoutMs: number = gateTimeoutMs): CommitGate {
    return new CommitGate(layout, timeoutMs);
  }

  /**
   * Runs a commit. Commits of one process and of several run beside each other, openings do not.
   * @throws {CacheError} `unavailable` when an opening does not end in time; and what `commit` throws.
   */
  async committing<T>(commit: () => Promise<T>): Promise<T> {
    if (!this.#enter()) await this.#wait(() => this.#enter());
    try {
      return await commit();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#commits.unlock();
    }
  }

  /**
   * Opens the index while no process commits, and marks this process as one that uses it.
   * @param open is passed whether no other process has the index open.
   * @throws {CacheError} `unavailable` when commits do not let it in in time; and what `open` throws.
   */
  async opening<T>(open: (isAlone: boolean) => T): Promise<T> {
    await this.#wait(() => this.#turn.tryExclusive());
    try {
      await this.#wait(() => this.#commits.tryExclusive());
      try {
        return this.#openInUse(open);
      } finally {
        this.#commits.unlock();
      }
    } finally {
      this.#turn.unlock();
    }
  }

  /** Ends the use of the index. Commits and openings of this process have ended before. */
  close(): void {
    this.#use.close();
    this.#turn.close();
    this.#commits.close();
  }

  #openInUse<T>(open: (isAlone: boolean) => T): T {
    const isAlone = this.#use.tryExclusive();
    try {
      const result = open(isAlone);
      this.#use.tryShared();
      return result;
    } catch (error) {
      this.#use.unlock();
      throw error;
    }
  }

  #enter(): boolean {
    if (!this.#turn.tryShared()) return false;
    const entered = this.#inside > 0 || this.#commits.tryShared();
    this.#turn.unlock();
    if (entered) this.#inside += 1;
    return entered;
  }

  /** Tries again until it succeeds. Both locks are held for milliseconds, and openings are rare. */
  async #wait(attempt: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + this.#timeoutMs;
    while (!attempt()) {
      if (performance.now() > deadlineMs) {
        throw new CacheError(
          'unavailable',
          `the index in ${this.#dir} was not free within ${this.#timeoutMs} ms: ` +
            'is a process that uses it stopped?',
        );
      }
      await delay(retryDelayMs);
    }
  }
}

/** An opening or a commit that takes longer than this belongs to a process that has been stopped. */
export const gateTimeoutMs = 30_000;
const retryDelayMs = 1;
