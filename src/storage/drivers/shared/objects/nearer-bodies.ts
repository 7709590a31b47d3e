import type { ObjectBody } from './object-store.ts';
import type { ObjectPart, StoredObject } from './stored-object.ts';

/** Where bodies of objects may lie nearer than the object store; what is there is not trusted. */
export interface NearerBodies {
  /**
   * Has the body that a part is of, if that is worth while; not much later in any case.
   * @throws {CacheError} `aborted`.
   */
  prepare(part: ObjectPart): Promise<void>;
  /** Opens some bytes of a body. @returns `undefined` where it is not there. */
  open(
    object: StoredObject,
    startBytes: number,
    endBytes: number,
    signal: AbortSignal,
  ): Promise<ObjectBody | undefined>;
  /** Forgets a body that could not be read, or is not what was stored. */
  forget(object: StoredObject, error: unknown): Promise<void>;
}
