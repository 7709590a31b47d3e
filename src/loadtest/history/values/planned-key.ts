import { Sha256Stream, sha256Of } from '../../../core/index.ts';
import { bazelPath } from '../../../protocols/bazel-http/load-client.ts';
import { genericPath } from '../../../protocols/generic/load-client.ts';
import type { PayloadPool } from '../../workload/payload-pool.ts';
import type { KeyKind } from '../check/operation.ts';
import { type ValueName, valuePayload } from './value.ts';

/** A key of the run, and where it is. */
export interface PlannedKey {
  /** As values name it. */
  readonly name: string;
  readonly kind: KeyKind;
  readonly path: string;
  /** Set for content: its only value, and the digest of it. */
  readonly content: { readonly value: ValueName; readonly sha256: string } | undefined;
}

/** What a key may be: an entry of the plain protocol, of the action cache, or of the content store. */
export const keySpaces = ['blobs', 'ac', 'cas'] as const;

export type KeySpace = (typeof keySpaces)[number];

/** Makes keys that no other run uses, of all spaces by turns. */
export function planKeys(
  pool: PayloadPool,
  options: {
    readonly run: string;
    readonly count: number;
    readonly spaces: readonly KeySpace[];
    readonly sizesBytes: readonly number[];
  },
): PlannedKey[] {
  const { run, count, spaces, sizesBytes } = options;
  return Array.from({ length: count }, (_, n): PlannedKey => {
    const space = spaces[n % spaces.length]!;
    const name = `${space}-${n}`;
    if (space === 'cas') {
      const sizeBytes = sizesBytes[Math.floor(n / spaces.length) % sizesBytes.length]!;
      const value = { run, key: name, client: 0, number: 0, sizeBytes };
      const sha256 = digestOf(pool, value);
      const path = bazelPath('', 'cas', sha256);
      return { name, kind: 'content', path, content: { value, sha256 } };
    }
    const path =
      space === 'ac'
        ? bazelPath('', 'ac', sha256Of(`${run}/${name}`))
        : genericPath('prove', `${run}/${name}`);
    return { name, kind: 'register', path, content: undefined };
  });
}

function digestOf(pool: PayloadPool, value: ValueName): string {
  const payload = valuePayload(pool, value);
  const hash = new Sha256Stream();
  for (let offset = 0; offset < payload.sizeBytes; ) {
    const piece = payload.piece(offset);
    hash.update(piece);
    offset += piece.length;
  }
  return hash.digest();
}
