import type { Sha256 } from '../core/index.ts';
import { blobKeyBytesOf } from './entry-key-bytes.ts';
import { type BlobKey, type EntryReferences, type NamedBlobs, noReferences } from './store.ts';

/** How long a reference is, by the form of its record: a hash (32), and since form 1 a size (8). */
export const referenceBytes = { 0: 32, 1: 40 } as const;

const hashBytes = 32;

/** The references that a record holds, over a copy of its bytes. */
export function referencesOf(
  bytes: Uint8Array,
  form: keyof typeof referenceBytes,
  isComplete: boolean,
): EntryReferences {
  return bytes.byteLength === 0 && isComplete
    ? noReferences
    : new PackedReferences(bytes, form, isComplete);
}

/** References as they lie in a record: there may be many, and a lookup may need the first alone. */
class PackedReferences implements EntryReferences {
  readonly isComplete: boolean;
  readonly #bytes: Buffer;
  readonly #form: keyof typeof referenceBytes;

  constructor(bytes: Uint8Array, form: keyof typeof referenceBytes, isComplete: boolean) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#form = form;
    this.isComplete = isComplete;
  }

  get count(): number {
    return this.#bytes.byteLength / referenceBytes[this.#form];
  }

  keys(start: number, end: number): BlobKey[] {
    const keys: BlobKey[] = [];
    const stepBytes = referenceBytes[this.#form];
    const endAt = Math.min(end, this.count) * stepBytes;
    for (let at = start * stepBytes; at < endAt; at += stepBytes) {
      const hash = this.#bytes.toString('hex', at, at + hashBytes) as Sha256;
      const sizeBytes = this.#form === 0 ? -1 : this.#bytes.readDoubleLE(at + hashBytes);
      keys.push(sizeBytes < 0 ? { space: 'cas', hash } : { space: 'cas', hash, sizeBytes });
    }
    return keys;
  }
}

/** Writes references in the form of new records. */
export function packReferences({ digests }: Pick<NamedBlobs, 'digests'>): Buffer {
  if (digests.length === 0) return none;
  const bytes = Buffer.allocUnsafe(digests.length * referenceBytes[1]);
  for (const [index, { hash, sizeBytes }] of digests.entries()) {
    const at = index * referenceBytes[1];
    bytes.write(hash, at, 'hex');
    bytes.writeDoubleLE(sizeBytes, at + hashBytes);
  }
  return bytes;
}

/** The references of a record in the form of new ones; their sizes stay unknown where they were. */
export function repackReferences(
  references: Uint8Array,
  form: keyof typeof referenceBytes,
): Uint8Array {
  if (form === 1) return references;
  const { count } = new PackedReferences(references, form, false);
  const bytes = Buffer.allocUnsafe(count * referenceBytes[1]);
  for (let index = 0; index < count; index += 1) {
    const at = index * referenceBytes[1];
    bytes.set(references.subarray(index * hashBytes, (index + 1) * hashBytes), at);
    bytes.writeDoubleLE(-1, at + hashBytes);
  }
  return bytes;
}

/** The index keys of the blobs that a record names. */
export function* referencedKeys(
  references: Uint8Array,
  form: keyof typeof referenceBytes,
): Generator<Buffer, void, undefined> {
  for (let at = 0; at < references.byteLength; at += referenceBytes[form]) {
    yield blobKeyBytesOf(references.subarray(at, at + hashBytes));
  }
}

const none = Buffer.alloc(0);
