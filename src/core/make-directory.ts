import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCodeOf } from './errors.ts';

/**
 * Makes a directory, and those above it, where there is none yet. `mkdir`'s own `recursive` does not
 * end on a file system that accepts no directory at all: /proc answers ENOENT, so Node makes the
 * parent, which is there, and tries again, forever.
 * @param mode of the directory itself, less the umask; those above it have the usual one.
 * @throws the system's error.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const code = systemCodeOf(error);
    const parent = dirname(path);
    if (code === 'ENOENT' && parent !== path) {
      makeDirectory(parent);
      makeLast(path, mode);
    } else if (code !== 'EEXIST' || !statSync(path).isDirectory()) {
      throw error;
    }
  }
}

/** Once only; that another process was faster is as good. */
function makeLast(path: string, mode: number): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  }
}
