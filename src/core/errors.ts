/**
 * What can go wrong inside the cache: one closed list. Which status a client sees is decided by its
 * protocol's own table alone, because some clients fail the user's build on a 413 or a 503.
 */
export type CacheErrorCode =
  /** The request's form is wrong: a path, a header, a body that does not parse. */
  | 'bad_request'
  /** The key is not of the form this cache takes. */
  | 'invalid_key'
  /** The key has an entry already, and the write was to make a new one only. */
  | 'exists'
  /** The bytes' SHA-256 is not the key they were to be stored under. */
  | 'digest_mismatch'
  /** The body ended before, or went past, the size that was announced. */
  | 'size_mismatch'
  /** The blob is larger than `blobBytesMax`, or a batch larger than its limit. */
  | 'too_large'
  /** The caller is not known. */
  | 'unauthenticated'
  /** The caller is known and may not do this. */
  | 'forbidden'
  /** This server is read-only. */
  | 'read_only'
  /** This server is shutting down and accepts no new work. */
  | 'draining'
  /** No more requests or connections than the limit. */
  | 'overloaded'
  /** The disk, or the bound of the store, has no room. */
  | 'store_full'
  /** A stored entry's bytes are not what was stored. Found after the answer had begun. */
  | 'damaged'
  /** The client was too slow, or the store did not answer in time. */
  | 'timeout'
  /** The client went away, or the server aborted the work. */
  | 'aborted'
  /** The store cannot answer at all. */
  | 'unavailable';

/** A failure inside the cache. A miss is a value and never one of these. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  readonly code: CacheErrorCode;

  constructor(code: CacheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of anything thrown, for a log or a message. */
export function messageOf(error: unknown): string {
  // Where a name has several addresses, Node's error has no message of its own and holds one for
  // each.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `ECONNRESET`, …), or `undefined`. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : undefined;
}
