/** What an object bears beside its bytes. */
export type ObjectMetadata = Readonly<Record<string, string>>;

/** The bytes of an object, or a part of them, as they come. */
export interface ObjectBody {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends the transfer. Once all has been read it does nothing. */
  destroy(): void;
}

/**
 * All that the store needs of an S3 client: single requests, without retries. Each ends by its
 * signal. Objects are never overwritten, so each request may be made twice.
 * @throws {NoObjectError} where no object has the name, {@link RefusedError} for what would be
 * refused again, anything else for what may pass.
 */
export interface ObjectStore {
  put(
    name: string,
    bytes: Uint8Array,
    metadata: ObjectMetadata,
    signal: AbortSignal,
  ): Promise<void>;
  /** Begins an object that is sent in parts. @returns its upload id. */
  begin(name: string, metadata: ObjectMetadata, signal: AbortSignal): Promise<string>;
  /** @param number from 1. @returns the tag that {@link complete} takes. */
  putPart(upload: Upload, number: number, bytes: Uint8Array, signal: AbortSignal): Promise<string>;
  complete(upload: Upload, tags: readonly string[], signal: AbortSignal): Promise<void>;
  abandon(upload: Upload, signal: AbortSignal): Promise<void>;
  /** @param endBytes exclusive. */
  get(name: string, startBytes: number, endBytes: number, signal: AbortSignal): Promise<ObjectBody>;
  /**
   * Lists objects in the order of their names, some at a time.
   * @param after where to go on, from the list before; `undefined`: from the start.
   */
  list(after: string | undefined, signal: AbortSignal): Promise<ObjectList>;
  /** What an object bears beside its bytes. */
  metadata(name: string, signal: AbortSignal): Promise<ObjectMetadata>;
  /** Deletes up to 1,000 objects; those that are gone already do not count as an error. */
  delete(names: readonly string[], signal: AbortSignal): Promise<void>;
  /** Asks for a sign of life. */
  check(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Some of all objects. */
export interface ObjectList {
  readonly objects: readonly ListedObject[];
  /** Where to go on; `undefined`: these are the last. */
  readonly next: string | undefined;
}

/** What a list says of an object. */
export interface ListedObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly storedAtMs: number;
}

/** An object that is being sent in parts. */
export interface Upload {
  readonly name: string;
  readonly id: string;
}

/** There is no object of this name. */
export class NoObjectError extends Error {
  override readonly name = 'NoObjectError';
}

/** The object store refused, and would again. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
