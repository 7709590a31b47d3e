import { CacheError, type Logger, messageOf } from '../../../core/index.ts';
import type { StoreWatch } from '../../store-driver.ts';
import type { Environment } from './environment.ts';
import { isIndexDamage, isPanic } from './index-damage.ts';
import { distrust } from './unusable-index.ts';

/** What {@link IndexFaults} reports with. */
export interface IndexFaultsOptions {
  readonly env: Environment;
  readonly watch: StoreWatch | undefined;
  readonly logger: Logger;
  /** Writes to the index and changes nothing. Called now and then while writes fail. */
  readonly tryToWrite: () => Promise<unknown>;
}

/**
 * What this process does about an index that cannot be read or written. Damage is counted, has the
 * index walked before it is opened the next time, and is never an error of the reader.
 */
export class IndexFaults {
  readonly #options: IndexFaultsOptions;
  #isDistrusted = false;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: IndexFaultsOptions) {
    this.#options = options;
  }

  /**
   * Takes what a read threw. Returns for damage, which the caller answers as a miss.
   * @throws {CacheError} `unavailable` for anything else.
   */
  readFailed(error: unknown): void {
    // One failed read makes every other fail that uses its snapshot.
    this.#options.env.renewSnapshot();
    if (!this.#noteDamage(error)) throw unreadable(error);
  }

  /** As {@link readFailed} for a read that has no answer without the index. */
  unanswerable(error: unknown): CacheError {
    if (error instanceof CacheError) return error;
    this.#options.env.renewSnapshot();
    this.#noteDamage(error);
    return unreadable(error);
  }

  /** Takes what work within a transaction threw. @returns what its caller gets. */
  workFailed(error: unknown): unknown {
    if (error instanceof CacheError) return error;
    return this.#noteDamage(error) ? unwritable(error) : error;
  }

  /** Takes why a commit failed. A full disk is not a fault: reads go on, and what is evicted makes room. */
  commitFailed(cause: unknown, failure: CacheError): void {
    if (failure.code !== 'unavailable') return;
    this.#noteDamage(cause);
    if (this.#retry !== undefined || this.#isClosed) return;
    this.#options.watch?.writesFail(failure.message);
    this.#retry = setInterval(() => {
      this.#options.tryToWrite().catch(() => {
        // Then it is tried again.
      });
    }, retryMs);
    this.#retry.unref();
  }

  committed(): void {
    if (this.#retry === undefined) return;
    clearInterval(this.#retry);
    this.#retry = undefined;
    this.#options.watch?.writesFail(undefined);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#retry);
  }

  #noteDamage(error: unknown): boolean {
    if (!isIndexDamage(error) && !isPanic(error)) return false;
    const { env, watch, logger } = this.#options;
    if (!this.#isDistrusted) distrust(env.layout);
    this.#isDistrusted = true;
    watch?.indexDamaged();
    const nowMs = performance.now();
    if (nowMs - this.#loggedAtMs >= logEveryMs) {
      this.#loggedAtMs = nowMs;
      logger.error(
        { dir: env.layout.dir, error: messageOf(error) },
        'the index seems to be damaged',
      );
    }
    return true;
  }
}

const retryMs = 1_000;
/** A damaged page can be met thousands of times a second. */
const logEveryMs = 1_000;

function unreadable(cause: unknown): CacheError {
  const text = `the index cannot be read: ${messageOf(cause)}`;
  return new CacheError('unavailable', text, { cause });
}

function unwritable(cause: unknown): CacheError {
  const text = `the index cannot be written: ${messageOf(cause)}`;
  return new CacheError('unavailable', text, { cause });
}
