import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boundEnvironment } from './bound-environment.ts';
import { endProcess } from './child-process.ts';
import type { Cleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { OutputLines } from './output-lines.ts';
import { tempDir } from './temp-dir.ts';

/** For a test that needs a real Redis: where there is none it is skipped and says so. */
export const needsRedis: { readonly skip: string | false } = {
  skip: spawnSync('redis-server', ['--version']).status !== 0 && 'there is no redis-server here',
};

export interface StartedRedis {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Ends it by SIGKILL and starts it again on the same port over the same files. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Starts a redis-server on a free port of the loopback, without eviction and with an append-only
 * file that is written before each answer, so that a restart shows what was acknowledged.
 */
export async function startRedis(
  t: Cleanup,
  args: readonly string[] = [],
  listen: 'plain' | 'tls' = 'plain',
): Promise<StartedRedis> {
  const dir = await tempDir(t);
  const port = await freePort();
  let child = await spawnRedis(dir, [...portArgs(listen, port), ...args]);
  t.after(() => endProcess(child));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await endProcess(child);
  };
  const start = async (): Promise<void> => {
    child = await spawnRedis(dir, [...portArgs(listen, port), ...args]);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get child() {
      return child;
    },
    kill,
    start,
    restart: async () => {
      await kill();
      await start();
    },
  };
}

/** Starts a Sentinel that watches a Redis and promotes a replica soon. @returns its port. */
export async function startSentinel(
  t: Cleanup,
  masterName: string,
  masterPort: number,
): Promise<number> {
  const port = await freePort();
  const config = join(await tempDir(t), 'sentinel.conf');
  await writeFile(
    config,
    `port ${port}
bind 127.0.0.1
sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 1
sentinel down-after-milliseconds ${masterName} 1000
sentinel failover-timeout ${masterName} 5000
`,
  );
  const child = spawn('redis-server', [config, '--sentinel'], {
    env: boundEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => endProcess(child));
  await new OutputLines(child.stdout).first(/\+monitor master/);
  return port;
}

function portArgs(listen: 'plain' | 'tls', port: number): string[] {
  return listen === 'plain'
    ? ['--port', String(port)]
    : ['--port', '0', '--tls-port', String(port)];
}

async function spawnRedis(dir: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(
    'redis-server',
    [
      ...['--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...['--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--appendfsync', 'always'],
      ...args,
    ],
    { env: boundEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new OutputLines(child.stdout).first(/Ready to accept connections/);
  return child;
}
