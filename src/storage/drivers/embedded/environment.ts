import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CacheError, type Logger, messageOf, silentLogger } from '../../../core/index.ts';
import { discardIfTorn, markInUse, removeDiscarded } from './boot-mark.ts';
import { type Layout, layoutOf, prepareDirectory } from './layout.ts';
import type { Durability } from './options.ts';

type Rows = Database<Uint8Array, Uint8Array>;

/** The open index of a store directory, one for all who use it in this process. */
export interface Environment {
  readonly layout: Layout;
  readonly durability: Durability;
  readonly root: RootDatabase<Uint8Array, Uint8Array>;
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
  /** `totals` (totals.ts), `lock` (directory-lock.ts). */
  readonly meta: Rows;
  /** Writes everything committed to the disk. */
  sync(): Promise<void>;
  /** Gives the environment back; the last one to do so closes it. */
  release(): Promise<void>;
}

/**
 * Opens the index in `dir`, making it if it is absent.
 * @throws {CacheError} `unavailable`, `store_full`.
 */
export function openEnvironment(
  dir: string,
  durability: Durability,
  logger: Logger = silentLogger,
): Environment {
  const layout = layoutOf(dir);
  prepareDirectory(layout);
  const path = realpathSync(layout.indexDir);
  const shared = opened.get(path);
  if (shared === undefined) {
    removeDiscarded(layout, (folder) => rm(folder, { recursive: true, force: true }));
    if (discardIfTorn(layout)) {
      prepareDirectory(layout);
      logger.warn(
        { dir },
        'the machine went down while the store was in use, so its index cannot be trusted: starting empty',
      );
    }
    const created = create(layout, durability, path);
    opened.set(path, created);
    return created.environment;
  }
  if (shared.environment.durability !== durability) {
    throw new CacheError('unavailable', `${dir} is open in this process with another durability`);
  }
  shared.users += 1;
  return shared.environment;
}

interface Opened {
  readonly environment: Environment;
  users: number;
}

const opened = new Map<string, Opened>();

/**
 * Address space for the index, not memory and not disk. So large that the map never has to move
 * under several processes; where the system grants less, the next smaller is tried.
 */
const mapSizes = [2 ** 40, 2 ** 37, 2 ** 34];

function create(layout: Layout, durability: Durability, path: string): Opened {
  const root = openRoot(layout, durability);
  const rows = (name: string): Rows =>
    root.openDB<Uint8Array, Uint8Array>(name, { encoding: 'binary', keyEncoding: 'binary' });
  const created: Opened = {
    users: 1,
    environment: {
      layout,
      durability,
      root,
      entries: rows('entries'),
      bodies: rows('bodies'),
      order: rows('order'),
      files: rows('files'),
      ledger: rows('ledger'),
      owners: rows('owners'),
      meta: rows('meta'),
      sync: () => syncRoot(root),
      release: async () => {
        created.users -= 1;
        if (created.users > 0) return;
        opened.delete(path);
        await root.close();
      },
    },
  };
  if (durability === 'process') markInUse(layout);
  return created;
}

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

/** `sync` is in the library and not in its types. */
function syncRoot(root: RootDatabase<Uint8Array, Uint8Array>): Promise<void> {
  const { env } = root as unknown as {
    env: { sync(done: (error: unknown) => void): void };
  };
  return new Promise((resolve, reject) =>
    env.sync((error) => (error == null ? resolve() : reject(error))),
  );
}
