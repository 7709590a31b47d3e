import type { Sha256 } from '../../../core/index.ts';

/**
 * What the index holds under an entry's key. Numbers are little-endian doubles, which are exact to
 * 2^53 and cost nothing to read.
 *
 * | offset | bytes | field |
 * | --- | --- | --- |
 * | 0 | 1 | flags: 1 = the body is a file, 2 = a SHA-256 follows |
 * | 1 | 3 | zero |
 * | 4 | 4 | number of references, unsigned |
 * | 8 | 8 | size of the body in bytes |
 * | 16 | 8 | when the bytes were stored, ms since the epoch |
 * | 24 | 8 | when the entry was last noted as used, ms since the epoch |
 * | 32 | 8 | rank in the order of use |
 * | 40 | 8 | id: of this write, and of the body's row or file |
 * | 48 | 32 | SHA-256 of the body, if flag 2 (a blob's is its key) |
 * | then | 32 each | references |
 */
export interface EntryRecord {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
  readonly usedAtMs: number;
  readonly rank: number;
  readonly id: number;
  /** 32 bytes, or undefined for a blob. */
  readonly sha256: Uint8Array | undefined;
  /** 32 bytes each, back to back. */
  readonly references: Uint8Array;
}

export const hashBytes = 32;
const fixedBytes = 48;
const fileFlag = 1;
const sha256Flag = 2;

export function encodeRecord(record: EntryRecord): Buffer {
  const bytes = Buffer.alloc(recordBytes(record));
  bytes[0] = (record.isFile ? fileFlag : 0) | (record.sha256 === undefined ? 0 : sha256Flag);
  bytes.writeUInt32LE(record.references.byteLength / hashBytes, 4);
  bytes.writeDoubleLE(record.sizeBytes, 8);
  bytes.writeDoubleLE(record.storedAtMs, 16);
  bytes.writeDoubleLE(record.usedAtMs, 24);
  bytes.writeDoubleLE(record.rank, 32);
  bytes.writeDoubleLE(record.id, 40);
  if (record.sha256 !== undefined) bytes.set(record.sha256, fixedBytes);
  bytes.set(record.references, bytes.byteLength - record.references.byteLength);
  return bytes;
}

/** How long the record is. */
export function recordBytes(record: Pick<EntryRecord, 'sha256' | 'references'>): number {
  return fixedBytes + (record.sha256 === undefined ? 0 : hashBytes) + record.references.byteLength;
}

export function decodeRecord(bytes: Uint8Array): EntryRecord {
  const fields = reused;
  fields.point(bytes);
  return {
    isFile: fields.isFile,
    sizeBytes: fields.sizeBytes,
    storedAtMs: fields.storedAtMs,
    usedAtMs: fields.usedAtMs,
    rank: fields.rank,
    id: fields.id,
    sha256: fields.hasSha256 ? copyOf(bytes, fixedBytes, hashBytes) : undefined,
    references: copyOf(bytes, fields.referencesAt, fields.count * hashBytes),
  };
}

/** `Buffer.slice` would be a view of bytes that LMDB overwrites. */
function copyOf(bytes: Uint8Array, at: number, lengthBytes: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, at, at + lengthBytes);
}

/** Reads fields out of a record where it lies, without making an object for it. For the hot path. */
export class RecordFields {
  #view: DataView = new DataView(new ArrayBuffer(fixedBytes));
  #bytes: Buffer = Buffer.from(this.#view.buffer);
  #pointed: Uint8Array | undefined;

  /** LMDB hands out the same buffer again and again, so that the view is rarely recreated. */
  point(bytes: Uint8Array): void {
    if (bytes === this.#pointed) return;
    this.#pointed = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset);
  }

  get isFile(): boolean {
    return (this.#view.getUint8(0) & fileFlag) !== 0;
  }
  get hasSha256(): boolean {
    return (this.#view.getUint8(0) & sha256Flag) !== 0;
  }
  get count(): number {
    return this.#view.getUint32(4, true);
  }
  get sizeBytes(): number {
    return this.#view.getFloat64(8, true);
  }
  get storedAtMs(): number {
    return this.#view.getFloat64(16, true);
  }
  get usedAtMs(): number {
    return this.#view.getFloat64(24, true);
  }
  get rank(): number {
    return this.#view.getFloat64(32, true);
  }
  get id(): number {
    return this.#view.getFloat64(40, true);
  }
  get referencesAt(): number {
    return this.hasSha256 ? fixedBytes + hashBytes : fixedBytes;
  }
  /** The SHA-256 of the body, where the record has one. */
  sha256(): Sha256 {
    return this.#bytes.toString('hex', fixedBytes, fixedBytes + hashBytes) as Sha256;
  }
  references(): readonly Sha256[] {
    const { count, referencesAt } = this;
    if (count === 0) return none;
    return Array.from({ length: count }, (_, index) => {
      const at = referencesAt + index * hashBytes;
      return this.#bytes.toString('hex', at, at + hashBytes) as Sha256;
    });
  }
}

const none: readonly Sha256[] = [];

const reused = new RecordFields();
