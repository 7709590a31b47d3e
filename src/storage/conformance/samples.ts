import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type Digest, type Sha256, type StoreUsage, sha256Of } from '../../core/index.ts';
import type { EntryKey, Lookup, Store, StoredEntry } from '../store.ts';

/** Sizes of bodies: some small enough for any index, and some too large for it. */
export const sizesBytes: readonly number[] = [16, 1_000, 20_000, 300_000];

/** Bytes nobody has stored before, with the key under which a content store takes them. */
export function sampleBlob(sizeBytes: number): {
  key: EntryKey;
  bytes: Buffer;
  hash: Sha256;
  digest: Digest;
} {
  const bytes = randomBytes(sizeBytes);
  const hash = sha256Of(bytes);
  return { key: { space: 'cas', hash }, bytes, hash, digest: { hash, sizeBytes } };
}

/** The key of an action result in a namespace. */
export function actionKey(key: string, namespace = 'main'): EntryKey {
  return { space: 'ac', namespace, key };
}

/** A signal that never aborts. Every case shares it, hence the listeners. */
export const patient: AbortSignal = new AbortController().signal;
setMaxListeners(0, patient);

/** Bytes as a stream of pieces of the given size. */
export async function* inPieces(
  bytes: Uint8Array,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
  }
}

/** What is stored, without the room for bodies under way, which a store may keep a moment longer than they take. */
export async function storedUsage(store: Store): Promise<Omit<StoreUsage, 'reservedBytes'>> {
  const { reservedBytes: _, ...stored } = await store.usage();
  return stored;
}

/** Reads an entry to its end by both ways, which must agree. */
export async function readEntry(store: Store, key: EntryKey): Promise<Buffer | undefined> {
  const found: Lookup = await store.find(key);
  if (found.kind === 'miss') return undefined;
  const streamed = await readStream(found);
  if (found.bytes !== undefined && !streamed.equals(found.bytes)) {
    throw new Error('the bytes and the stream of an entry differ');
  }
  return streamed;
}

/** Reads an entry's stream to its end, from an offset on. */
export async function readStream(entry: StoredEntry, offsetBytes = 0): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await entry.open({ offsetBytes, signal: patient })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
