import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';

/** Where a process runs that a test starts. */
export type Surroundings =
  /** A PID namespace of its own, with its own /proc, as a second container has. */
  | { readonly kind: 'pids' }
  /** Another boot of the machine, as a container or a second machine may say. `file` is written. */
  | { readonly kind: 'boot'; readonly bootId: string; readonly file: string };

/** Why {@link inNamespaces} cannot be used here; `undefined` where it can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'making namespaces takes root';
  const { status } = spawnSync('unshare', ['-mpf', '--mount-proc', 'true']);
  return status === 0 ? undefined : 'unshare(1) is not permitted here';
}

/** Runs a module in a process elsewhere, with a channel for messages. @returns it, and what it says first. */
export async function inNamespaces(
  surroundings: Surroundings,
  module: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly said: unknown }> {
  const node = [process.execPath, ...process.execArgv, module, ...args];
  const [program, ...rest] =
    surroundings.kind === 'pids'
      ? ['unshare', '-pf', '--mount-proc', '--kill-child', ...node]
      : ['unshare', '-m', 'sh', '-c', otherBoot(surroundings), 'sh', ...node];
  const child = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [said] = (await once(child, 'message')) as [unknown];
  return { child, said };
}

function otherBoot({ bootId, file }: Surroundings & { kind: 'boot' }): string {
  writeFileSync(file, `${bootId}\n`);
  return `mount --bind ${file} /proc/sys/kernel/random/boot_id && exec "$@"`;
}
