import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isBlobKey } from '../../../entry-key-bytes.ts';
import { entryCostBytes } from '../entry-cost.ts';
import { decodeRecord } from '../entry-record.ts';
import { openEnvironment } from '../environment.ts';
import { findHeaderDamage } from '../index-headers.ts';
import { layoutOf } from '../layout.ts';
import { leaseKey } from '../ledger-keys.ts';
import type { Durability } from '../options.ts';
import { idKey, orderKey, readId } from '../row-keys.ts';
import { decodeTotals, totalsKey } from '../totals.ts';

/** What an inspection of everything in a store's directory found. */
export interface Inspection {
  readonly entries: number;
  /** Rows and sums that contradict each other, in words. */
  readonly contradictions: readonly string[];
  /** Files that no entry owns. */
  readonly strayFiles: readonly string[];
  /** Rows of the ledger: what is under way, or was when somebody died. */
  readonly ledgerRows: number;
  readonly owners: number;
}

/**
 * Reads the whole index and lists the whole directory, and compares them. For tests and for finding
 * a fault; takes time in proportion to the store. Nothing may be writing meanwhile.
 */
export async function inspectStore(
  dir: string,
  durability: Durability = 'process',
): Promise<Inspection> {
  const damage = findHeaderDamage(layoutOf(dir).dataFile);
  // Opening it would set it aside.
  if (damage !== undefined) return { ...nothing, contradictions: [damage] };
  const env = await openEnvironment(dir, durability);
  try {
    env.renewSnapshot();
    const totals = decodeTotals(env.meta.getBinary(totalsKey));
    const contradictions: string[] = [];
    const check = (holds: boolean, what: string): void => {
      if (!holds) contradictions.push(what);
    };
    const counted = { entries: 0, costBytes: 0, bodies: 0 };
    const owned = new Set<number>();
    for (const { key, value } of env.entries.getRange({ start: Buffer.of(0) })) {
      const record = decodeRecord(value);
      const name = Buffer.from(key).toString('hex');
      counted.entries += 1;
      counted.costBytes += entryCostBytes(record, key.byteLength);
      const order = env.order.getBinary(orderKey(record.rank, isBlobKey(key), record.id));
      check(order?.equals(key) === true, `entry ${name} has no place in the order`);
      if (record.isFile) {
        owned.add(record.id);
        check(env.files.doesExist(idKey(record.id)), `the file of entry ${name} has no row`);
      } else if (record.sizeBytes > 0) {
        counted.bodies += 1;
        const { length } = env.bodies.getBinary(idKey(record.id)) ?? { length: -1 };
        check(length === record.sizeBytes, `the body of entry ${name} has ${length} bytes`);
      }
    }
    check(env.order.getCount() === counted.entries, 'the order has other rows');
    check(env.bodies.getCount() === counted.bodies, 'there are bodies without entries');
    check(env.files.getCount() === owned.size, 'there are file rows without entries');
    check(totals.entries === counted.entries, `${totals.entries} entries are summed up`);
    const leased = [...env.ledger.getRange({ start: leaseKey(0) })];
    const leasedBytes = leased.reduce(
      (sum, { value }) => sum + Buffer.from(value).readDoubleLE(0),
      0,
    );
    check(
      totals.reservedBytes === leasedBytes,
      `${totals.reservedBytes} reserved bytes are summed up`,
    );
    check(totals.costBytes === counted.costBytes, `${totals.costBytes} bytes are summed up`);
    for (const key of env.files.getKeys()) {
      check(owned.has(readId(key, 0)), 'a file row has no entry');
    }
    const onDisk = listFiles(env.layout.blobsDir);
    for (const id of owned) check(onDisk.has(id), `file ${id.toString(16)} is gone`);
    const strays = [...onDisk].filter(([id]) => !owned.has(id));
    return {
      entries: counted.entries,
      contradictions,
      strayFiles: strays.map(([, path]) => path),
      ledgerRows: env.ledger.getCount(),
      owners: env.owners.getCount(),
    };
  } finally {
    await env.release();
  }
}

const nothing = { entries: 0, strayFiles: [], ledgerRows: 0, owners: 0 } as const;

function listFiles(blobsDir: string): Map<number, string> {
  const files = new Map<number, string>();
  for (const folder of readdirSync(blobsDir)) {
    for (const file of readdirSync(join(blobsDir, folder))) {
      files.set(Number.parseInt(file, 16), join(blobsDir, folder, file));
    }
  }
  return files;
}
