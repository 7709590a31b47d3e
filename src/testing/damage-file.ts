import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Changes one byte of each large body in an embedded store's directory that `isMeant`. */
export function damageFile(dir: string, at: number, isMeant: (body: Buffer) => boolean): void {
  const blobs = join(dir, 'blobs');
  for (const entry of readdirSync(blobs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const body = readFileSync(path);
    if (!isMeant(body)) continue;
    body[at]! ^= 1;
    writeFileSync(path, body);
  }
}
