import type { Logger } from '../../../core/index.ts';
import { isMarked, markInUse, unmark } from './boot-mark.ts';
import type { CommitQueue } from './commit-queue.ts';
import type { Environment } from './environment.ts';
import { removeFiles, removeLedgerRows } from './file-ledger.ts';
import { idsPerBlock, ledgerId, ownerRanges } from './ledger-keys.ts';
import type { Durability } from './options.ts';
import { isAlive, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { idKey, readId } from './row-keys.ts';
import { decodeTotals, encodeTotals, totalsKey } from './totals.ts';

/** Enters this process among those that use the store. @returns its number, never given again. */
export async function registerOwner(env: Environment): Promise<number> {
  return await env.transaction(() => {
    const totals = decodeTotals(env.meta.getBinary(totalsKey));
    const owner = totals.nextOwner;
    const row: OwnerRow = { ...thisProcess(), durability: env.durability };
    env.owners.putSync(idKey(owner), Buffer.from(JSON.stringify(row)));
    env.meta.putSync(totalsKey, encodeTotals({ ...totals, nextOwner: owner + 1 }));
    // Under the write lock, lest a process that closes takes the mark away at this moment.
    if (env.durability === 'process') markInUse(env.layout);
    return owner;
  });
}

/** A process that uses the store, as its row has it. */
interface OwnerRow extends ProcessIdentity {
  /** Absent in rows of earlier versions. */
  readonly durability?: Durability;
}

/**
 * Syncs the index and, if no process uses it that writes without syncing, says so in the directory:
 * when a process closes the store, and when one with durability `power` has opened it and has cleaned
 * up after those that died.
 */
export async function syncAndUnmark(env: Environment): Promise<void> {
  if (!isMarked(env.layout)) return;
  await env.sync();
  await env.transaction(() => {
    const rows = [...env.owners.getRange()].map(({ value }) => parseOwner(value));
    if (rows.every((row) => row?.durability === 'power')) unmark(env.layout);
  });
}

/** What {@link recoverOwners} cleans with. */
export interface RecoverOptions {
  readonly env: Environment;
  readonly queue: CommitQueue;
  readonly logger: Logger;
}

/** Cleans what dead processes left: files without an entry, their rows, their places among the readers. */
export async function recoverOwners(
  options: RecoverOptions,
): Promise<{ readonly owners: number; readonly files: number }> {
  const { env, logger } = options;
  env.forgetDeadReaders();
  env.renewSnapshot();
  const recovered = { owners: 0, files: 0 };
  for (const { key, value } of [...env.owners.getRange()]) {
    const identity = parseOwner(value);
    if (identity !== undefined && isAlive(identity)) continue;
    const files = await recoverOwner(options, readId(key, 0));
    recovered.owners += 1;
    recovered.files += files;
    logger.info({ pid: identity?.pid, files }, 'cleaned up after a process that was killed');
  }
  return recovered;
}

async function recoverOwner(options: RecoverOptions, owner: number): Promise<number> {
  const { env, queue } = options;
  const { blocks, garbage } = ownerRanges(owner);
  const left = await queue.run(() => {
    const blockKeys = [...env.ledger.getKeys(blocks)];
    const garbageKeys = [...env.ledger.getKeys(garbage)];
    const ids = new Set(garbageKeys.map(ledgerId));
    for (const key of blockKeys) {
      const firstId = ledgerId(key);
      for (let id = firstId; id < firstId + idsPerBlock; id += 1) {
        if (!env.files.doesExist(idKey(id))) ids.add(id);
      }
    }
    return { ids: [...ids], rows: [...blockKeys, ...garbageKeys] };
  });
  const removed = await removeFiles(options, left.ids);
  // A file that resists keeps its rows, and is tried again by the next recovery.
  if (removed.length < left.ids.length) return removed.length;
  await removeLedgerRows(options, left.rows);
  await queue.run((index) => {
    index.endLease(owner);
    env.owners.removeSync(idKey(owner));
  });
  return removed.length;
}

/** @returns undefined for a row that does not parse: whoever wrote it is not known to live. */
export function parseOwner(bytes: Uint8Array): OwnerRow | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isOwner(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is OwnerRow {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTicks, bootId } = value as Record<keyof ProcessIdentity, unknown>;
  return typeof pid === 'number' && typeof startTicks === 'number' && typeof bootId === 'string';
}
