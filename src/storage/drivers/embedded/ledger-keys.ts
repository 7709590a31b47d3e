import { readId, writeId } from './row-keys.ts';

/**
 * The ledger holds what the next process must clean if this one dies:
 *
 * | key | meaning |
 * | --- | --- |
 * | `01`, owner (8), first id (8) | the owner may have made files under `idsPerBlock` ids from the first on; those that no entry owns are leftovers |
 * | `02`, owner (8), id (8) | no entry owns this file any more and the owner is to unlink it |
 * | `03`, owner (8), zero (8) | the value says how many bytes the owner has leased for bodies under way, a little-endian double |
 */
export function blockKey(owner: number, firstId: number): Buffer {
  return ledgerKey(blockForm, owner, firstId);
}

export function garbageKey(owner: number, id: number): Buffer {
  return ledgerKey(garbageForm, owner, id);
}

export function leaseKey(owner: number): Buffer {
  return ledgerKey(leaseForm, owner, 0);
}

/** The range [start, end) of one owner's blocks, and that of its garbage. */
export function ownerRanges(owner: number): {
  readonly blocks: { readonly start: Buffer; readonly end: Buffer };
  readonly garbage: { readonly start: Buffer; readonly end: Buffer };
} {
  return {
    blocks: { start: blockKey(owner, 0), end: blockKey(owner + 1, 0) },
    garbage: { start: garbageKey(owner, 0), end: garbageKey(owner + 1, 0) },
  };
}

export function ledgerId(key: Uint8Array): number {
  return readId(key, 9);
}

/**
 * Files that may be made after one transaction: enough to share its cost, few enough for quick
 * cleaning.
 */
export const idsPerBlock = 64;

const blockForm = 1;
const garbageForm = 2;
const leaseForm = 3;

function ledgerKey(form: number, owner: number, id: number): Buffer {
  const bytes = Buffer.allocUnsafe(17);
  bytes[0] = form;
  writeId(bytes, owner, 1);
  writeId(bytes, id, 9);
  return bytes;
}
