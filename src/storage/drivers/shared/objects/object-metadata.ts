import type { Sha256 } from '../../../../core/index.ts';
import type { ObjectMetadata } from './object-store.ts';

/** What an object says of the entry that it was made for, so that a lost index can be made again. */
export interface ObjectOrigin {
  /** As in `entry-key-bytes.ts`. */
  readonly key: Buffer;
  /** Not known before the body's end, for a body in parts whose key is another name. */
  readonly sha256?: Sha256 | undefined;
  readonly sizeBytes?: number | undefined;
}

/** Names are lower case, and values plain ASCII, since they travel as headers. */
export function metadataOf({ key, sha256, sizeBytes }: ObjectOrigin): ObjectMetadata {
  return {
    'memobuild-key': key.toString('base64url'),
    ...(sha256 === undefined ? {} : { 'memobuild-sha256': sha256 }),
    ...(sizeBytes === undefined ? {} : { 'memobuild-size': String(sizeBytes) }),
  };
}
