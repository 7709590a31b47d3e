import type { Sha256 } from '../../../core/index.ts';
import { checksumsBytes } from '../../chunk-checksums.ts';
import { referenceBytes, referencesOf } from '../../packed-references.ts';
import type { EntryReferences, StoredBy } from '../../store.ts';

/**
 * What the index holds under an entry's key. Numbers are little-endian doubles, which are exact to
 * 2^53 and cost nothing to read.
 *
 * | offset | bytes | field |
 * | --- | --- | --- |
 * | 0 | 1 | flags: 1 = the body is a file, 2 = a SHA-256 follows, 4 = checksums follow, 8 = the references are not complete |
 * | 1 | 1 | form: 1, or 0 for a record of format 1 |
 * | 2 | 1 | encoding of the body where it lies: 0 = as it was sent, the only one known here |
 * | 3 | 1 | zero |
 * | 4 | 4 | number of references, unsigned |
 * | 8 | 8 | size of the body in bytes |
 * | 16 | 8 | when the bytes were stored, ms since the epoch |
 * | 24 | 8 | when the entry was last noted as used, ms since the epoch |
 * | 32 | 8 | rank in the order of use |
 * | 40 | 8 | id: of this write, and of the body's row or file |
 * | 48 | 32 | SHA-256 of the body, if flag 2 (a blob's is its key) |
 * | then | 8 | size of the body where it lies, if its encoding is not 0 |
 * | then | 4 each | checksums, if flag 4: see chunk-checksums.ts |
 * | then | 40 each | references: hash (32), size (8); in form 0 the hash alone |
 * | then | rest | who stored it in UTF-8: principal, NUL, namespace; nothing for nobody |
 *
 * A record of form 0 keeps its form until its checksums or references are written.
 */
export interface EntryRecord {
  readonly form: RecordForm;
  readonly isFile: boolean;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
  readonly usedAtMs: number;
  readonly rank: number;
  readonly id: number;
  /** 32 bytes, or undefined for a blob. */
  readonly sha256: Uint8Array | undefined;
  /** 4 bytes each, back to back; none for a body that is compared with its SHA-256 as a whole. */
  readonly checksums: Uint8Array;
  /** As many bytes each as the form says, back to back. */
  readonly references: Uint8Array;
  readonly hasAllReferences: boolean;
  readonly storedBy: Uint8Array;
}

export type RecordForm = 0 | 1;

const hashBytes = 32;
const fixedBytes = 48;
const fileFlag = 1;
const sha256Flag = 2;
const checksumsFlag = 4;
const incompleteFlag = 8;
const encodedSizeBytes = 8;

export function encodeRecord(record: EntryRecord): Buffer {
  const { sha256, checksums, references, storedBy } = record;
  const bytes = Buffer.alloc(recordBytes(record));
  bytes[0] =
    (record.isFile ? fileFlag : 0) |
    (sha256 === undefined ? 0 : sha256Flag) |
    (checksums.byteLength === 0 ? 0 : checksumsFlag) |
    (record.hasAllReferences ? 0 : incompleteFlag);
  bytes[1] = record.form;
  bytes.writeUInt32LE(references.byteLength / referenceBytes[record.form], 4);
  bytes.writeDoubleLE(record.sizeBytes, 8);
  bytes.writeDoubleLE(record.storedAtMs, 16);
  bytes.writeDoubleLE(record.usedAtMs, 24);
  bytes.writeDoubleLE(record.rank, 32);
  bytes.writeDoubleLE(record.id, 40);
  let at = fixedBytes;
  for (const section of [sha256, checksums, references, storedBy]) {
    if (section === undefined || section.byteLength === 0) continue;
    bytes.set(section, at);
    at += section.byteLength;
  }
  return bytes;
}

/** The parts of a record whose length varies. */
export type RecordSections = Pick<EntryRecord, 'sha256' | 'checksums' | 'references' | 'storedBy'>;

/** Their lengths. */
export interface SectionLengths {
  readonly sha256: HasLength | undefined;
  readonly checksums: HasLength;
  readonly references: HasLength;
  readonly storedBy: HasLength;
}

interface HasLength {
  readonly byteLength: number;
}

/** How long the record is. */
export function recordBytes(record: SectionLengths): number {
  return (
    fixedBytes +
    (record.sha256 === undefined ? 0 : hashBytes) +
    record.checksums.byteLength +
    record.references.byteLength +
    record.storedBy.byteLength
  );
}

/** A record's fields where they lie, until the next call. */
export function fieldsOf(bytes: Uint8Array): RecordFields {
  reused.point(bytes);
  return reused;
}

export function decodeRecord(bytes: Uint8Array): EntryRecord {
  const fields = fieldsOf(bytes);
  const { checksumsAt, referencesAt, storedByAt, form } = fields;
  return {
    form,
    isFile: fields.isFile,
    sizeBytes: fields.sizeBytes,
    storedAtMs: fields.storedAtMs,
    usedAtMs: fields.usedAtMs,
    rank: fields.rank,
    id: fields.id,
    sha256: fields.hasSha256 ? copyOf(bytes, fixedBytes, fixedBytes + hashBytes) : undefined,
    checksums: copyOf(bytes, checksumsAt, referencesAt),
    references: copyOf(bytes, referencesAt, storedByAt),
    hasAllReferences: fields.hasAllReferences,
    storedBy: copyOf(bytes, storedByAt, bytes.length),
  };
}

/** Who stored an entry, as its record keeps it. A blob's namespace is of interest, a result's is in its key. */
export function storedByBytes(by: StoredBy | undefined, isBlob: boolean): Uint8Array {
  const namespace = isBlob ? (by?.namespace ?? '') : '';
  const principal = by?.principal.slice(0, principalCharactersMax) ?? '';
  return principal === '' && namespace === '' ? none : Buffer.from(`${principal}\0${namespace}`);
}

const principalCharactersMax = 256;

/** `Buffer.slice` would be a view of bytes that LMDB overwrites. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return start >= end ? none : Uint8Array.prototype.slice.call(bytes, start, end);
}

const none = new Uint8Array();

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
  get form(): RecordForm {
    return this.#view.getUint8(1) === 0 ? 0 : 1;
  }
  /** Whether the body lies in a form that this program can read. */
  get isReadable(): boolean {
    return this.#view.getUint8(2) === 0;
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
  /** Format 1 did not look into directories that were stored after the result that names them. */
  get hasAllReferences(): boolean {
    if (this.form === 0) return this.count === 0;
    return (this.#view.getUint8(0) & incompleteFlag) === 0;
  }
  get checksumsAt(): number {
    return fixedBytes + (this.hasSha256 ? hashBytes : 0) + (this.isReadable ? 0 : encodedSizeBytes);
  }
  get referencesAt(): number {
    const { checksumsAt } = this;
    if ((this.#view.getUint8(0) & checksumsFlag) === 0) return checksumsAt;
    const storedBytes = this.isReadable
      ? this.sizeBytes
      : this.#view.getFloat64(checksumsAt - encodedSizeBytes, true);
    return checksumsAt + checksumsBytes(storedBytes);
  }
  get storedByAt(): number {
    return this.referencesAt + this.count * referenceBytes[this.form];
  }
  /** The SHA-256 of the body, where the record has one. */
  sha256(): Sha256 {
    return this.#bytes.toString('hex', fixedBytes, fixedBytes + hashBytes) as Sha256;
  }
  /** A copy of the checksums; undefined where the record has none. */
  checksums(): Uint8Array | undefined {
    const { checksumsAt, referencesAt } = this;
    return referencesAt === checksumsAt
      ? undefined
      : copyOf(this.#bytes, checksumsAt, referencesAt);
  }
  references(): EntryReferences {
    const { count, form, hasAllReferences } = this;
    const bytes = count === 0 ? none : copyOf(this.#bytes, this.referencesAt, this.storedByAt);
    return referencesOf(bytes, form, hasAllReferences);
  }
}

const reused = new RecordFields();
