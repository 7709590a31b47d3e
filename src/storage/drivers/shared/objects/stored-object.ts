import type { Sha256 } from '../../../../core/index.ts';

/** A body that is an object, as the index has it. */
export interface StoredObject {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  /** Those of its chunks. */
  readonly checksums: Uint8Array;
}

/** Which bytes of an object are read. */
export interface ObjectPart {
  readonly object: StoredObject;
  readonly offsetBytes: number;
  /** At most; less where the object ends. */
  readonly lengthBytes: number;
  readonly signal: AbortSignal;
}
