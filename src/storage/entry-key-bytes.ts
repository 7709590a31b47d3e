import { createHash } from 'node:crypto';
import { CacheError, Scratch, type Sha256 } from '../core/index.ts';
import type { EntryKey } from './store.ts';

/**
 * Writes a key for the index:
 *
 * | form | bytes |
 * | --- | --- |
 * | blob | `01`, the 32 bytes of the hash |
 * | action result | `02`, namespace in UTF-8, `00`, key in UTF-8 |
 * | action result, odd key | `03`, namespace in UTF-8, `00`, SHA-256 of the key's UTF-16 code units |
 *
 * An odd key is one that is long, or that UTF-8 could confuse with another (lone surrogates).
 * @throws {CacheError} `invalid_key` for a namespace that is too long, ill-formed or holds NUL.
 */
export function entryKeyBytes(key: EntryKey): Buffer {
  return writeEntryKey(key, Buffer.allocUnsafe);
}

/** The same, to look it up at once: the next lookup writes its key over it. */
export function lookupKeyBytes(key: EntryKey): Buffer {
  return writeEntryKey(key, takeScratch);
}

function writeEntryKey(key: EntryKey, allocate: Allocate): Buffer {
  return key.space === 'cas'
    ? blobKeyBytes(key.hash, allocate)
    : actionKeyBytes(key.namespace, key.key, allocate);
}

type Allocate = (lengthBytes: number) => Buffer;

function blobKeyBytes(hash: Sha256, allocate: Allocate): Buffer {
  const bytes = allocate(33);
  bytes[0] = blobForm;
  bytes.write(hash, 1, 'hex');
  return bytes;
}

/** The key of a blob whose hash is at hand as bytes. */
export function blobKeyBytesOf(hash: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(33);
  bytes[0] = blobForm;
  bytes.set(hash, 1);
  return bytes;
}

export function isBlobKey(bytes: Uint8Array): boolean {
  return bytes[0] === blobForm;
}

/** The ranges [start, end) that hold every action result of a namespace. */
export function namespaceRanges(namespace: string): readonly { start: Buffer; end: Buffer }[] {
  const name = namespaceBytes(namespace);
  return [actionForm, oddActionForm].map((form) => ({
    start: Buffer.concat([Buffer.of(form), name, Buffer.of(0)]),
    end: Buffer.concat([Buffer.of(form), name, Buffer.of(1)]),
  }));
}

const blobForm = 1;
const actionForm = 2;
const oddActionForm = 3;

/** LMDB takes keys of 1,978 bytes here; these bounds keep well below. */
const namespaceBytesMax = 512;
const plainKeyBytesMax = 512;

const surrogate = /[\ud800-\udfff]/;

function actionKeyBytes(namespace: string, key: string, allocate: Allocate): Buffer {
  const name = namespaceBytes(namespace);
  const tailAt = 2 + name.byteLength;
  if (key.length > plainKeyBytesMax || surrogate.test(key)) {
    const bytes = allocate(tailAt + 32);
    bytes[0] = oddActionForm;
    bytes.set(createHash('sha256').update(Buffer.from(key, 'utf16le')).digest(), tailAt);
    return withName(bytes, name);
  }
  const bytes = allocate(tailAt + Buffer.byteLength(key));
  bytes[0] = actionForm;
  bytes.write(key, tailAt);
  return withName(bytes, name);
}

function withName(bytes: Buffer, name: Uint8Array): Buffer {
  bytes.set(name, 1);
  bytes[1 + name.byteLength] = 0;
  return bytes;
}

// A key of 512 UTF-16 code units takes at most three times as many bytes.
const scratch = new Scratch(2 + namespaceBytesMax + 3 * plainKeyBytesMax);
const takeScratch: Allocate = (lengthBytes) => scratch.take(lengthBytes);

/** Namespaces are few and each request names one. */
const knownNamespaces = new Map<string, Buffer>();
const knownNamespacesMax = 1_000;

function namespaceBytes(namespace: string): Buffer {
  const known = knownNamespaces.get(namespace);
  if (known !== undefined) return known;
  const bytes = Buffer.from(namespace, 'utf8');
  if (bytes.byteLength > namespaceBytesMax || bytes.includes(0) || bytes.toString() !== namespace) {
    throw new CacheError(
      'invalid_key',
      `a namespace is well-formed text of up to ${namespaceBytesMax} bytes without NUL`,
    );
  }
  if (knownNamespaces.size >= knownNamespacesMax) knownNamespaces.clear();
  knownNamespaces.set(namespace, bytes);
  return bytes;
}
