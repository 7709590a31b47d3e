/**
 * About what an entry takes of the embedded store's `--max-size`: its body in pages of 4 KiB where it
 * is above half of one, and its rows in the index.
 */
export function footprintBytes(sizeBytes: number): number {
  const body = sizeBytes > pageBytes / 2 ? Math.ceil(sizeBytes / pageBytes) * pageBytes : sizeBytes;
  return body + indexRowsBytes;
}

const pageBytes = 4096;
/** Two rows with the key, the record and the order of use, in pages that are two thirds full. */
const indexRowsBytes = 400;
