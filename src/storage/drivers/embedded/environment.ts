import { chmodSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import {
  CacheError,
  type Logger,
  messageOf,
  silentLogger,
  systemCodeOf,
} from '../../../core/index.ts';
import type { StoreSuspicion } from '../../store-driver.ts';
import { markInUse } from './boot-mark.ts';
import { CommitGate } from './commit-gate.ts';
import { IndexDamageError, isIndexDamage } from './index-damage.ts';
import { findHeaderDamage, PageDamage } from './index-headers.ts';
import { type Layout, layoutOf, prepareDirectory } from './layout.ts';
import type { Durability } from './options.ts';
import { prepareForUse } from './prepare-for-use.ts';
import { distrust } from './unusable-index.ts';

type Rows = Database<Uint8Array, Uint8Array>;

/** The open index of a store directory, one for all who use it in this process. */
export interface Environment {
  readonly layout: Layout;
  readonly durability: Durability;
  /** Entry key -> record (entry-record.ts). */
  readonly entries: Rows;
  /** Id (8, big-endian) -> the bytes of a body kept in the index. */
  readonly bodies: Rows;
  /** Rank (7, big-endian), 0 for action results or 1 for blobs (1), id (8) -> entry key. Eviction starts at its head. */
  readonly order: Rows;
  /** Id (8) of each file that an entry owns -> `01`. */
  readonly files: Rows;
  /** What a dead process leaves to be cleaned: see file-ledger.ts. */
  readonly ledger: Rows;
  /** Owner (8) -> the process's identity in JSON. */
  readonly owners: Rows;
  /** `totals` (totals.ts). */
  readonly meta: Rows;
  /**
   * Runs `work` in a write transaction, which is the only way to change the index: it waits while
   * another process opens the store. @returns what `work` answered, once it is committed.
   */
  transaction<T>(work: () => T): Promise<T>;
  /** Lets this process see what others have committed since its last look. */
  renewSnapshot(): void;
  /** Takes the places of dead processes off LMDB's list of readers. */
  forgetDeadReaders(): void;
  /** Writes everything committed to the disk. */
  sync(): Promise<void>;
  /** Gives the environment back; the last one to do so closes it. */
  release(): Promise<void>;
}

/**
 * Opens the index in `dir`, making it if it is absent. Waits for commits of other processes.
 * @param options.suspicion why the index is checked first, or set aside.
 * @throws {CacheError} `unavailable`, `store_full`, `damaged`.
 */
export async function openEnvironment(
  dir: string,
  durability: Durability,
  options: OpenOptions = {},
): Promise<Environment> {
  const layout = layoutOf(dir);
  prepareDirectory(layout);
  const path = realpathSync(layout.dir);
  let shared = opened.get(path);
  while (shared?.closed !== undefined) {
    await shared.closed;
    shared = opened.get(path);
  }
  if (shared === undefined) return await openFirst(layout, durability, options, path);
  if (shared.durability !== durability) {
    throw new CacheError(
      'unavailable',
      `${dir} is already open in this process with a different durability`,
    );
  }
  shared.users += 1;
  return await shared.environment;
}

interface OpenOptions {
  readonly logger?: Logger | undefined;
  readonly suspicion?: StoreSuspicion | undefined;
}

/** The environment of a path in this process: LMDB takes one only. */
interface Opened {
  readonly durability: Durability;
  readonly environment: Promise<Environment>;
  users: number;
  /** Set while the last user closes it. */
  closed?: Promise<void>;
}

const opened = new Map<string, Opened>();

async function openFirst(
  layout: Layout,
  durability: Durability,
  options: OpenOptions,
  path: string,
): Promise<Environment> {
  const release = async (close: () => Promise<void>): Promise<void> => {
    created.users -= 1;
    if (created.users > 0) return;
    created.closed = close().finally(() => opened.delete(path));
    await created.closed;
  };
  const environment = create(layout, durability, options, release);
  const created: Opened = { users: 1, durability, environment };
  opened.set(path, created);
  try {
    return await environment;
  } catch (error) {
    opened.delete(path);
    throw error;
  }
}

async function create(
  layout: Layout,
  durability: Durability,
  { logger = silentLogger, suspicion }: OpenOptions,
  release: (close: () => Promise<void>) => Promise<void>,
): Promise<Environment> {
  const gate = CommitGate.open(layout);
  const openedRoots: RootDatabase<Uint8Array, Uint8Array>[] = [];
  try {
    return await gate.opening((isAlone) => {
      prepareForUse(layout, { isAlone, suspicion, logger });
      refuseDamagedHeaders(layout);
      const root = openRoot(layout, durability);
      openedRoots.push(root);
      closeToOthers(layout);
      if (durability === 'process') markInUse(layout);
      return environmentOf({ layout, durability, root, gate, release });
    });
  } catch (error) {
    // Its tables could not be.
    for (const root of openedRoots) await root.close();
    gate.close();
    if (!isIndexDamage(error)) throw error;
    distrust(layout);
    throw new IndexDamageError(layout.dir, error);
  }
}

/**
 * Headers that are damaged while another process has the index open: LMDB would end this process.
 * @throws {PageDamage}
 */
function refuseDamagedHeaders({ dataFile }: Layout): void {
  const damage = findHeaderDamage(dataFile);
  if (damage !== undefined) throw new PageDamage(damage);
}

interface Parts {
  readonly layout: Layout;
  readonly durability: Durability;
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
  readonly gate: CommitGate;
  release(close: () => Promise<void>): Promise<void>;
}

function environmentOf({ layout, durability, root, gate, release }: Parts): Environment {
  const rows = (name: string): Rows =>
    root.openDB<Uint8Array, Uint8Array>(name, { encoding: 'binary', keyEncoding: 'binary' });
  return {
    layout,
    durability,
    entries: rows('entries'),
    bodies: rows('bodies'),
    order: rows('order'),
    files: rows('files'),
    ledger: rows('ledger'),
    owners: rows('owners'),
    meta: rows('meta'),
    transaction: (work) => gate.committing(() => commit(root, work)),
    renewSnapshot: () => root.resetReadTxn(),
    forgetDeadReaders: () => void root.readerCheck(),
    sync: () => syncRoot(root),
    release: () =>
      release(async () => {
        await root.close();
        gate.close();
      }),
  };
}

/**
 * lmdb rejects before a commit has ended that fails; its error holds a promise that is rejected with
 * the true one at that end. What the work itself threw says more: LMDB then calls the transaction bad.
 */
async function commit<T>(root: RootDatabase<Uint8Array, Uint8Array>, work: () => T): Promise<T> {
  let thrown: unknown;
  try {
    return await root.transaction(() => {
      try {
        return work();
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
  } catch (error) {
    try {
      if (error instanceof Error && 'commitError' in error) await error.commitError;
    } catch (cause) {
      throw thrown ?? cause;
    }
    throw thrown ?? error;
  }
}

/**
 * Address space for the index, not memory and not disk. So large that the map never has to move
 * under several processes; where the system grants less, the next smaller is tried.
 */
const mapSizes = [2 ** 40, 2 ** 37, 2 ** 34];

function openRoot(layout: Layout, durability: Durability): RootDatabase<Uint8Array, Uint8Array> {
  for (const mapSize of mapSizes) {
    try {
      return open<Uint8Array, Uint8Array>({
        path: layout.indexDir,
        noSubdir: false,
        mapSize,
        maxDbs: 12,
        maxReaders: 512,
        encoding: 'binary',
        keyEncoding: 'binary',
        noMemInit: true,
        overlappingSync: false,
        noSync: durability === 'process',
        // Batches are made by commit-queue.ts; a second batching would hold each back one turn and
        // leave a promise of its own to reject when a commit fails.
        eventTurnBatching: false,
      });
    } catch (error) {
      if (mapSize !== mapSizes.at(-1) && /memory|ENOMEM/i.test(messageOf(error))) continue;
      throw new CacheError(
        'unavailable',
        `cannot open the index in ${layout.indexDir}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
  throw new CacheError('unavailable', 'no size of memory map was tried');
}

/** LMDB makes its files readable by all; the library has no setting for it. */
function closeToOthers({ indexDir }: Layout): void {
  for (const name of ['data.mdb', 'lock.mdb']) {
    try {
      chmodSync(join(indexDir, name), 0o600);
    } catch (error) {
      // They belong to another user, who shares the directory with this one: it is theirs to say.
      if (systemCodeOf(error) !== 'EPERM') throw error;
    }
  }
}

/** `sync` is in the library and not in its types. */
function syncRoot(root: RootDatabase<Uint8Array, Uint8Array>): Promise<void> {
  const { env } = root as unknown as {
    env: { sync(done: (error: unknown) => void): void };
  };
  return new Promise((resolve, reject) =>
    env.sync((error) => (error == null ? resolve() : reject(error))),
  );
}
