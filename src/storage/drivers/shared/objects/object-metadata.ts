import { parseSha256, type Sha256 } from '../../../../core/index.ts';
import type { ObjectMetadata } from './object-store.ts';

/** What an object says of the entry that it was made for, so that a lost index can be made again. */
export interface ObjectOrigin {
  /** As in `entry-key-bytes.ts`. */
  readonly key: Buffer;
  /** Whether the body names blobs, so that it is a miss without them. */
  readonly namesBlobs: boolean;
  /** Not known before the body's end, for a body in parts whose key is another name. */
  readonly sha256?: Sha256 | undefined;
  readonly sizeBytes?: number | undefined;
}

/** Names are lower case, and values plain ASCII, since they travel as headers. */
export function metadataOf({ key, namesBlobs, sha256, sizeBytes }: ObjectOrigin): ObjectMetadata {
  return {
    ...(key.byteLength > keyBytesMax ? {} : { [keyName]: key.toString('base64url') }),
    ...(namesBlobs ? { [namesBlobsName]: '1' } : {}),
    ...(sha256 === undefined ? {} : { [sha256Name]: sha256 }),
    ...(sizeBytes === undefined ? {} : { [sizeName]: String(sizeBytes) }),
  };
}

/** @returns `undefined` where an object does not say whose it is. */
export function originOf(metadata: ObjectMetadata): ObjectOrigin | undefined {
  const { [keyName]: key, [sha256Name]: sha256, [sizeName]: size } = metadata;
  if (key === undefined) return undefined;
  return {
    key: Buffer.from(key, 'base64url'),
    namesBlobs: metadata[namesBlobsName] === '1',
    sha256: parseSha256(sha256 ?? ''),
    sizeBytes: size === undefined ? undefined : Number(size),
  };
}

const keyName = 'memobuild-key';
const namesBlobsName = 'memobuild-names-blobs';
const sha256Name = 'memobuild-sha256';
const sizeName = 'memobuild-size';
/** S3 takes 2 KB of metadata in all. */
const keyBytesMax = 1_200;
