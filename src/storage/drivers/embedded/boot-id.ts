import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Where a boot's id is read from. */
export interface BootIdSources {
  readonly platform: NodeJS.Platform;
  /** @returns the file's text; throws where there is none. */
  readFile(path: string): string;
  /** @returns what the program prints; throws where it fails. */
  run(program: string, args: readonly string[]): string;
}

const system: BootIdSources = {
  platform: process.platform,
  readFile: (path) => readFileSync(path, 'utf8'),
  run: (program, args) =>
    execFileSync(program, args, { encoding: 'utf8', timeout: 5_000, stdio: 'pipe' }),
};

/** A text that changes with every boot of the machine; '' where the system has none. */
export function readBootId(sources: BootIdSources = system): string {
  try {
    return sources.platform === 'darwin'
      ? sources.run('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid']).trim()
      : sources.readFile('/proc/sys/kernel/random/boot_id').trim();
  } catch {
    return '';
  }
}

/** As {@link readBootId}, read once. */
export function currentBootId(): string {
  bootId ??= readBootId();
  return bootId;
}

let bootId: string | undefined;
