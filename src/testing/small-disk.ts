import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';

/**
 * Mounts a file system of its own for a test.
 * @param size as tmpfs takes it: `24m`, `128k`.
 * @returns its directory; `undefined` where this user may not mount one.
 */
export async function smallDisk(t: Cleanup, size: string): Promise<string | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'memobuild-test-'));
  let mounted = false;
  t.after(async () => {
    // What uses the disk may end after this.
    if (mounted) execFileSync('umount', ['--lazy', dir]);
    await rm(dir, { recursive: true, force: true });
  });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'ignore' });
    mounted = true;
  } catch {
    return undefined;
  }
  return dir;
}
