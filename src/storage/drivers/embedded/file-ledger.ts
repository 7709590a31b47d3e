import { type Logger, messageOf } from '../../../core/index.ts';
import { again, type CommitQueue } from './commit-queue.ts';
import type { Environment } from './environment.ts';
import { removeFile } from './file-io.ts';
import { blobPathOf } from './layout.ts';
import { blockKey, garbageKey, idsPerBlock } from './ledger-keys.ts';

/** What a file ledger is made of. */
export interface FileLedgerOptions {
  readonly env: Environment;
  readonly queue: CommitQueue;
  readonly owner: number;
  readonly unlinkDelayMs: number;
  /** More than this does not wait to be unlinked: it lies on the disk beside what the bound allows. */
  readonly garbageBytesMax: number;
  readonly logger: Logger;
}

interface Block {
  readonly firstId: number;
  taken: number;
  /** Files under way: taken and neither owned by an entry nor removed. */
  unsettled: number;
}

/**
 * Knows every file that this process makes or has to remove, before the file system does: ids come
 * from blocks whose rows are committed first, and a file that loses its entry gets a row in the
 * same transaction. So what a killed process leaves behind is found by looking at these rows alone.
 */
export class FileLedger {
  readonly #options: FileLedgerOptions;
  #block: Block | undefined;
  #reserving: Promise<Block> | undefined;
  #garbage: number[] = [];
  #garbageBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FileLedgerOptions) {
    this.#options = options;
  }

  /** An id under which a file may be made. The caller settles it. */
  async takeId(): Promise<{ readonly id: number; settle(): void }> {
    while (this.#block === undefined || this.#block.taken === idsPerBlock) {
      this.#reserving ??= this.#reserve();
      await this.#reserving;
    }
    const block = this.#block;
    const id = block.firstId + block.taken;
    block.taken += 1;
    block.unsettled += 1;
    return {
      id,
      settle: () => {
        block.unsettled -= 1;
        if (block.taken === idsPerBlock && block.unsettled === 0) this.#forget(block);
      },
    };
  }

  /** Unlinks files after the delay; their rows are in the index already. */
  discardLater(ids: readonly number[], sizeBytes: number): void {
    const { garbageBytesMax, unlinkDelayMs, logger } = this.#options;
    this.#garbage.push(...ids);
    this.#garbageBytes += sizeBytes;
    const discard = (): void => {
      this.discardNow().catch((error: unknown) => {
        const fields = { error: messageOf(error) };
        logger.warn(fields, 'the space of replaced files is not released yet');
      });
    };
    if (this.#garbageBytes > garbageBytesMax) discard();
    else this.#timer ??= setTimeout(discard, unlinkDelayMs).unref();
  }

  /** Unlinks at once what was to be unlinked later. */
  async discardNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = this.#garbage;
    this.#garbage = [];
    this.#garbageBytes = 0;
    const removed = await removeFiles(this.#options, ids);
    try {
      await this.#removeRows(removed.map((id) => garbageKey(this.#options.owner, id)));
    } catch (error) {
      // Once more with the next garbage: a file that is gone already is quickly removed.
      this.#garbage.push(...removed);
      throw error;
    }
  }

  /** Ends the work of this process: its files are settled by now. */
  async close(): Promise<void> {
    await this.discardNow();
    const block = this.#block;
    this.#block = undefined;
    if (block !== undefined) await this.#removeRows([blockKey(this.#options.owner, block.firstId)]);
  }

  async #reserve(): Promise<Block> {
    const { env, queue, owner } = this.#options;
    try {
      const firstId = await queue.run((index) => {
        const first = index.takeIds(idsPerBlock);
        env.ledger.putSync(blockKey(owner, first), Buffer.of(1));
        return first;
      });
      this.#block = { firstId, taken: 0, unsettled: 0 };
      return this.#block;
    } finally {
      this.#reserving = undefined;
    }
  }

  #forget(block: Block): void {
    this.#removeRows([blockKey(this.#options.owner, block.firstId)]).catch((error: unknown) => {
      // The row costs a check of 64 files at the next start, no more.
      const fields = { error: messageOf(error) };
      this.#options.logger.warn(fields, 'a ledger row could not be removed');
    });
  }

  async #removeRows(keys: readonly Uint8Array[]): Promise<void> {
    await removeLedgerRows(this.#options, keys);
  }
}

/** Removes rows of the ledger, a bounded number in each transaction. */
export async function removeLedgerRows(
  { env, queue }: Pick<FileLedgerOptions, 'env' | 'queue'>,
  keys: readonly Uint8Array[],
): Promise<void> {
  if (keys.length === 0) return;
  let at = 0;
  await queue.run(() => {
    const end = Math.min(keys.length, at + rowsPerTransaction);
    for (const key of keys.slice(at, end)) env.ledger.removeSync(key);
    at = end;
    return at < keys.length ? again : undefined;
  });
}

/** @returns the ids whose files are gone now. */
export async function removeFiles(
  { env, logger }: Pick<FileLedgerOptions, 'env' | 'logger'>,
  ids: readonly number[],
): Promise<readonly number[]> {
  const removed: number[] = [];
  const waiting = ids.values();
  const work = async (): Promise<void> => {
    for (const id of waiting) {
      const { file } = blobPathOf(env.layout, id);
      try {
        await removeFile(file);
        removed.push(id);
      } catch (error) {
        logger.warn({ file, error: messageOf(error) }, 'a file that no entry owns was not removed');
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(unlinksAtOnce, ids.length) }, work));
  return removed;
}

const rowsPerTransaction = 1_000;
/** Leaves threads of the pool to reads and writes. */
const unlinksAtOnce = 2;
