import { createReadStream } from 'node:fs';
import { atMost, collect } from './collect.ts';

/** The largest configuration, list of credentials, certificate or key: 1 MiB. */
export const smallFileBytesMax: number = 2 ** 20;

/**
 * Reads a file that somebody wrote by hand, whole. A pipe or a device is read no further than the bound.
 * @throws {Error} for a file larger than {@link smallFileBytesMax}, and the system's error.
 */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  return await collect(
    atMost(
      createReadStream(path),
      smallFileBytesMax,
      () => new Error(`the file is larger than ${smallFileBytesMax} bytes, the limit`),
    ),
  );
}
