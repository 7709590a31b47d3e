/** The block format of Snappy, which remote write requires. */
// @ts-expect-error: the package has no declarations.
import snappy from 'snappyjs';

interface Snappy {
  compress(bytes: Uint8Array): Uint8Array;
  uncompress(bytes: Uint8Array): Uint8Array;
}

export const { compress, uncompress } = snappy as Snappy;
