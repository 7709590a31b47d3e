import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundEnvironment } from '../../src/testing/bound-environment.ts';
import { endProcess } from '../../src/testing/child-process.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { ProcessTree } from './process-tree.ts';
import type { RowContext } from './row.ts';

/** A server under measurement. */
export interface SpawnedServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly tree: ProcessTree;
  readonly child: ChildProcess;
}

/**
 * Starts a program that listens on a port of its own, and waits until it takes connections. Ended
 * with the row. `knownPort` is for a program that reads its port from its own file.
 */
export async function spawnServer(
  context: RowContext,
  command: string,
  args: (port: number) => readonly string[],
  options: SpawnOptions = {},
  knownPort?: number,
): Promise<SpawnedServer> {
  const port = knownPort ?? (await freePort());
  const child = spawn(command, args(port), {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...options,
    env: boundEnvironment(options.env),
  });
  context.after(() => endProcess(child));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-4096);
  });
  for (let tries = 0; !(await takesConnections(port)); tries += 1) {
    if (child.exitCode !== null || tries > 1500) {
      throw new Error(`${command} does not listen on port ${port}\n${stderr}`);
    }
    await sleep(10);
  }
  return { url: `http://127.0.0.1:${port}`, port, tree: new ProcessTree(child.pid!), child };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
