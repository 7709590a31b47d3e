import { Blake3Hasher, blake3 } from '@napi-rs/blake-hash';
import {
  CacheError,
  emptySha256,
  parseSha256,
  type Sha256,
  Sha256Stream,
  sha256Of,
} from '../../core/index.ts';
import { DigestFunction_Value } from '../shared/protobuf/generated/remote-execution.pb.ts';

/** The digest functions that name blobs here. */
export type DigestFunctionName = 'sha256' | 'blake3';

/** A blob's name as a client gave it, checked for its form. */
export interface BlobDigest {
  readonly digestFunction: DigestFunctionName;
  /** 64 lower-case hex characters, of either function. */
  readonly hash: Sha256;
  readonly sizeBytes: number;
}

/**
 * Reads a message's `digest_function`. Older clients leave it out; both functions make 32 bytes, and
 * BLAKE3 must be named, so what is not named is SHA-256.
 * @throws {CacheError} `bad_request` for a function that is not served.
 */
export function digestFunctionOf(value: DigestFunction_Value): DigestFunctionName {
  if (value === DigestFunction_Value.UNKNOWN || value === DigestFunction_Value.SHA256) {
    return 'sha256';
  }
  if (value === DigestFunction_Value.BLAKE3) return 'blake3';
  throw new CacheError(
    'bad_request',
    `digest_function must be SHA256 (1) or BLAKE3 (9), got ${value}`,
  );
}

/** @throws {CacheError} `invalid_key` for a digest that no blob can have. */
export function parseDigest(
  digest: { readonly hash: string; readonly sizeBytes: bigint } | undefined,
  digestFunction: DigestFunctionName,
): BlobDigest {
  if (digest === undefined) throw new CacheError('invalid_key', 'the digest is absent');
  return checkDigest(digest.hash, Number(digest.sizeBytes), digestFunction);
}

/** Whether {@link parseDigest} would take it. */
export function isDigest(
  digest: { readonly hash: string; readonly sizeBytes: bigint },
  digestFunction: DigestFunctionName,
): boolean {
  try {
    parseDigest(digest, digestFunction);
    return true;
  } catch {
    return false;
  }
}

/** As {@link parseDigest}, for a hash and a size by themselves. */
export function checkDigest(
  hashText: string,
  sizeBytes: number,
  digestFunction: DigestFunctionName,
): BlobDigest {
  const hash = parseSha256(hashText);
  if (hash === undefined) {
    throw new CacheError(
      'invalid_key',
      `a hash must be 64 lower-case hex characters, got ${JSON.stringify(hashText.slice(0, 80))}`,
    );
  }
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
    throw new CacheError('invalid_key', `a size must be 0 to 2^53-1, got ${sizeBytes}`);
  }
  if ((sizeBytes === 0) !== (hash === emptyHashes[digestFunction])) {
    throw new CacheError(
      'invalid_key',
      `size ${sizeBytes} does not go with hash ${hash}: only the empty blob has no bytes`,
    );
  }
  return { digestFunction, hash, sizeBytes };
}

/** Hashes bytes as they pass. */
export interface BlobHasher {
  update(chunk: Uint8Array): void;
  /** Lower-case hex. Call once. */
  digest(): string;
}

export function createHasher(digestFunction: DigestFunctionName): BlobHasher {
  if (digestFunction === 'sha256') return new Sha256Stream();
  const hasher = new Blake3Hasher();
  return {
    update: (chunk) => {
      hasher.update(bufferOver(chunk));
    },
    digest: () => hasher.digest('hex'),
  };
}

export function hashOf(bytes: Uint8Array, digestFunction: DigestFunctionName): string {
  return digestFunction === 'sha256' ? sha256Of(bytes) : blake3(bufferOver(bytes)).toString('hex');
}

/** The same bytes as a Buffer, without a copy. */
function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const emptyHashes: Readonly<Record<DigestFunctionName, string>> = {
  sha256: emptySha256,
  blake3: blake3('').toString('hex'),
};
