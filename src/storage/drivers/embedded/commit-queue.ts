import { statfsSync } from 'node:fs';
import { CacheError, type Clock, messageOf, systemCodeOf } from '../../../core/index.ts';
import type { Environment } from './environment.ts';
import type { IndexFaults } from './index-faults.ts';
import { type IndexRules, IndexTransaction } from './index-transaction.ts';

/** Asks to be called again in the next transaction, since this one has done enough. */
export const again: unique symbol = Symbol('again');

/** Work within a transaction. Bounded: a long task answers `again` after each part. */
export type IndexWork<T> = (index: IndexTransaction) => T | typeof again;

/** What a commit queue is made of. */
export interface CommitQueueOptions {
  readonly env: Environment;
  readonly rules: IndexRules;
  readonly clock: Clock;
  readonly faults: IndexFaults;
  /** Done first in every transaction. */
  readonly prelude: (index: IndexTransaction) => void;
  /** Called after a commit with the files that it orphaned, and their size together. */
  readonly onGarbage: (ids: readonly number[], sizeBytes: number) => void;
}

/**
 * Gathers the index work of this process into transactions: whatever is queued when LMDB grants the
 * write lock goes into one commit. The lock is waited for, and pages are written, in another thread.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting: Job[] = [];
  #isRequested = false;
  #transactions = 0;
  #onIdle: (() => void) | undefined;
  #fullAtMs: number | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  /**
   * Does work in the next transaction.
   * @returns what the work answered, once it is committed (and on the disk, with durability `power`).
   * @throws {CacheError} `store_full`, `unavailable`, `aborted` while it waits.
   */
  run<T>(work: IndexWork<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // An abort counts until the transaction takes the work up; from then on it will be committed.
      const onAbort = (): void => {
        job.isDropped = true;
        reject(new CacheError('aborted', 'the work was aborted', { cause: signal?.reason }));
      };
      const job: Job = {
        isDropped: false,
        attempt: (index) => {
          if (job.isDropped) return 'dropped';
          try {
            const result = work(index);
            if (result === again) return 'again';
            job.settle = () => resolve(result);
            return 'done';
          } catch (error) {
            reject(this.#options.faults.workFailed(error));
            return 'dropped';
          } finally {
            signal?.removeEventListener('abort', onAbort);
          }
        },
        settle: () => {},
        reject,
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(job);
      this.#request();
    });
  }

  /**
   * Refuses at once what would fail again on a disk that was just found full: a commit that fails
   * costs much, and lmdb writes two lines to standard error about each.
   * @throws {CacheError} `store_full`.
   */
  assertRoom(): void {
    if (this.#fullAtMs === undefined) return;
    if (performance.now() - this.#fullAtMs > fullRetryMs) this.#fullAtMs = undefined;
    else if (freeBytes(this.#options.env.layout.dir) < diskFullBytes) {
      throw new CacheError('store_full', 'the disk of the store is full');
    } else this.#fullAtMs = undefined;
  }

  /** Resolves when nothing waits and nothing is being committed. */
  async idle(): Promise<void> {
    while (this.#waiting.length > 0 || this.#transactions > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  #request(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    this.#transactions += 1;
    void this.#commit();
  }

  async #commit(): Promise<void> {
    const { env, onGarbage } = this.#options;
    const taken: Job[] = [];
    let done: readonly Job[] = [];
    let garbage: Garbage = { ids: [], sizeBytes: 0 };
    try {
      await env.transaction(() => {
        taken.push(...this.#waiting.splice(0, jobsPerTransaction));
        ({ done, garbage } = this.#drain(taken));
      });
      this.#fullAtMs = undefined;
      this.#options.faults.committed();
      for (const job of done) job.settle();
      if (garbage.ids.length > 0) onGarbage(garbage.ids, garbage.sizeBytes);
    } catch (error) {
      const failure = this.#failureOf(error);
      if (failure.code === 'store_full') this.#fullAtMs = performance.now();
      // Without a transaction nothing was taken up: whatever waits would meet the same.
      const abandoned = this.#isRequested && taken.length === 0 ? this.#waiting.splice(0) : [];
      if (abandoned.length > 0) this.#isRequested = false;
      for (const job of [...taken, ...abandoned]) job.reject(failure);
      this.#waiting = this.#waiting.filter((job) => !taken.includes(job));
    } finally {
      this.#transactions -= 1;
      if (this.#waiting.length > 0) this.#request();
      else if (this.#transactions === 0) this.#onIdle?.();
    }
  }

  #failureOf(cause: unknown): CacheError {
    if (cause instanceof CacheError) return cause;
    const failure = commitError(cause, this.#options.env);
    this.#options.faults.commitFailed(cause, failure);
    return failure;
  }

  /** Runs inside the transaction. Work queued from here on asks for the next one. */
  #drain(taken: readonly Job[]): { readonly done: readonly Job[]; readonly garbage: Garbage } {
    const { env, rules, clock, prelude } = this.#options;
    this.#isRequested = false;
    const index = new IndexTransaction(env, rules, clock.nowMs());
    prelude(index);
    const done: Job[] = [];
    const left: Job[] = [];
    for (const job of taken) {
      const outcome = job.attempt(index);
      if (outcome === 'done') done.push(job);
      if (outcome === 'again') left.push(job);
    }
    this.#waiting.unshift(...left);
    if (this.#waiting.length > 0) this.#request();
    index.save();
    return { done, garbage: { ids: index.garbage, sizeBytes: index.garbageBytes } };
  }
}

interface Garbage {
  readonly ids: readonly number[];
  readonly sizeBytes: number;
}

interface Job {
  isDropped: boolean;
  attempt(index: IndexTransaction): 'done' | 'again' | 'dropped';
  settle: () => void;
  reject(error: unknown): void;
}

/** Bounds how long one transaction keeps other writers waiting. */
const jobsPerTransaction = 256;
/** How long a disk found full is not tried again. */
const fullRetryMs = 1_000;

/** LMDB says `EIO` for a write cut short, which is what a full disk does. */
function commitError(cause: unknown, env: Environment): CacheError {
  const text = messageOf(cause);
  const isFull =
    diskFullCodes.has(systemCodeOf(cause) ?? '') ||
    /MAP_FULL|No space left|quota/i.test(text) ||
    (/Input\/output error/i.test(text) && freeBytes(env.layout.dir) < diskFullBytes);
  return isFull
    ? new CacheError('store_full', `no space left to write the index: ${text}`, { cause })
    : new CacheError('unavailable', `the index cannot be written: ${text}`, { cause });
}

/** An error that means a full disk, wherever a file is written. */
export const diskFullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Less free space than this, and a write cut short is taken for a full disk. */
const diskFullBytes = 2 * 2 ** 20;

function freeBytes(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
