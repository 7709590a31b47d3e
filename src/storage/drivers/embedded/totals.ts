/**
 * Sums over the whole store, all its processes together, kept in one row so that every process
 * agrees: little-endian doubles in the order of the fields. Format 1 had all but the last.
 */
export interface Totals {
  entries: number;
  /** Cost of all entries, see entry-cost.ts. */
  costBytes: number;
  /** Goes up with every write by its size in KiB and one, and by one with every re-ranking: ages are differences of it. */
  clock: number;
  nextId: number;
  nextOwner: number;
  evictedEntries: number;
  evictedBytes: number;
  damagedEntries: number;
  /** Leased by all processes for bodies under way: the sum of the ledger's leases. */
  reservedBytes: number;
}

export const totalsKey: Buffer = Buffer.from('totals');

const fields = [
  'entries',
  'costBytes',
  'clock',
  'nextId',
  'nextOwner',
  'evictedEntries',
  'evictedBytes',
  'damagedEntries',
  'reservedBytes',
] as const satisfies readonly (keyof Totals)[];

const start: Totals = {
  entries: 0,
  costBytes: 0,
  clock: 1,
  nextId: 1,
  nextOwner: 1,
  evictedEntries: 0,
  evictedBytes: 0,
  damagedEntries: 0,
  reservedBytes: 0,
};

export function encodeTotals(totals: Totals): Buffer {
  const bytes = Buffer.allocUnsafe(fields.length * 8);
  for (const [index, field] of fields.entries()) bytes.writeDoubleLE(totals[field], index * 8);
  return bytes;
}

export function decodeTotals(bytes: Uint8Array | undefined): Totals {
  if (bytes === undefined) return { ...start };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const totals = { ...start };
  for (const [index, field] of fields.entries()) {
    if (bytes.length < (index + 1) * 8) break;
    totals[field] = view.getFloat64(index * 8, true);
  }
  return totals;
}
