import type { Sha256 } from '../../../core/index.ts';
import type { StoredBy } from '../../store.ts';

/**
 * How an entry begins in Redis; numbers are little-endian. The scripts read and write it too.
 *
 * | at | bytes | what |
 * | --- | --- | --- |
 * | 0 | 1 | the form: 1 |
 * | 1 | 1 | flags: 1 = the body is an object, 2 = not all that it names is known |
 * | 2 | 1 | trust level, for access rules to come: 0 |
 * | 3 | 1 | encoding of the body: 0 = none |
 * | 4 | 4 | how many blobs it names |
 * | 8 | 8 | size of the body |
 * | 16, 24, 32 | 8 each | rank; when it was last used, when stored, in ms |
 * | 40 | 8 | what it costs |
 * | 48 | 12 | generation |
 * | 60 | 4 | length of what lies between the head and the body or the checksums |
 * | 64 | 32 | SHA-256 of the body |
 */
export interface EntryHead {
  readonly isObject: boolean;
  readonly hasAllReferences: boolean;
  readonly references: number;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
  readonly costBytes: number;
  /** Hex of 12 bytes. */
  readonly generation: string;
  readonly sha256: Sha256;
}

export const headBytes = 96;
export const generationBytes = 12;

/** The flags that can be set later. */
export function referenceFlags({ hasAllReferences }: Pick<EntryHead, 'hasAllReferences'>): number {
  return hasAllReferences ? 0 : 2;
}

/** Who stored an entry, as it lies behind its head. */
export function encodeStoredBy(storedBy: StoredBy | undefined): Buffer {
  const who = storedBy === undefined ? [] : [storedBy.principal, storedBy.namespace];
  return Buffer.from(who.join('\0'));
}

/** Writes a head, and what lies between it and the rest; its rank is for the commit to set. */
export function encodeHead(head: EntryHead, extra: Buffer): Buffer {
  const bytes = Buffer.alloc(headBytes + extra.byteLength);
  bytes[0] = currentForm;
  bytes[1] = (head.isObject ? 1 : 0) + referenceFlags(head);
  bytes.writeUInt32LE(head.references, 4);
  bytes.writeDoubleLE(head.sizeBytes, 8);
  bytes.writeDoubleLE(head.storedAtMs, 24);
  bytes.writeDoubleLE(head.storedAtMs, 32);
  bytes.writeDoubleLE(head.costBytes, 40);
  bytes.write(head.generation, 48, 'hex');
  bytes.writeUInt32LE(extra.byteLength, 60);
  bytes.write(head.sha256, 64, 'hex');
  extra.copy(bytes, headBytes);
  return bytes;
}

/** Reads an entry. @returns `undefined` for one of a form that this version does not know. */
export function decodeEntry(
  bytes: Buffer,
): { readonly head: EntryHead; readonly kept: Buffer } | undefined {
  if (bytes.byteLength < headBytes || bytes[0] !== currentForm || bytes[3] !== 0) return undefined;
  const flags = bytes[1] ?? 0;
  const head: EntryHead = {
    isObject: (flags & 1) !== 0,
    hasAllReferences: (flags & 2) === 0,
    references: bytes.readUInt32LE(4),
    sizeBytes: bytes.readDoubleLE(8),
    storedAtMs: bytes.readDoubleLE(32),
    costBytes: bytes.readDoubleLE(40),
    generation: bytes.toString('hex', 48, 48 + generationBytes),
    sha256: bytes.toString('hex', 64, 96) as Sha256,
  };
  return { head, kept: bytes.subarray(headBytes + bytes.readUInt32LE(60)) };
}

const currentForm = 1;
