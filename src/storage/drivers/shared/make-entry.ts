import { entryCostBytes } from './entry-cost.ts';
import { type EntryHead, encodeHead } from './entry-head.ts';

/** What an entry is made of. */
export interface EntryParts extends Omit<EntryHead, 'costBytes'> {
  readonly keyBytes: Buffer;
  /** As `encodeStoredBy` writes it. */
  readonly storedBy: Buffer;
  /** What lies in Redis: the body, or the checksums of an object. */
  readonly kept: Uint8Array;
}

/** Writes an entry as it lies in Redis, with what it costs there and outside. */
export function makeEntry({ keyBytes, storedBy, kept, ...fields }: EntryParts): {
  readonly head: EntryHead;
  readonly entry: Buffer;
} {
  const outsideBytes = fields.isObject ? fields.sizeBytes : 0;
  const redisBytes = entryCostBytes({
    sizeBytes: kept.byteLength,
    keyBytes: keyBytes.byteLength,
    extraBytes: storedBy.byteLength,
    references: fields.references,
  });
  const head: EntryHead = { ...fields, costBytes: outsideBytes + redisBytes };
  return { head, entry: Buffer.concat([encodeHead(head, storedBy), kept]) };
}
