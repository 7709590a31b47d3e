import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from '../../src/testing/cleanup.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { startServer } from '../../src/testing/start-server.ts';
import type { CacheAddress } from './build-tool.ts';

/** A real `memobuild serve`, and what tests ask of it. */
export interface CacheServer {
  readonly address: CacheAddress;
  readonly dir: string;
  readonly pid: number;
  /** Lookups and stores in the namespaces that begin so. */
  counts(namespace: string): Promise<Counts>;
  metric(name: string): Promise<number>;
  /** Ends it at once, as a crash would. */
  kill(): void;
  /** Asks it to drain. */
  drain(): void;
  stop(): Promise<void>;
}

export interface Counts {
  readonly hits: number;
  readonly misses: number;
  readonly writes: number;
}

export interface CacheServerOptions {
  readonly args?: readonly string[];
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The credential that the tool presents. */
  readonly token?: string;
}

export async function startCacheServer(
  t: Cleanup,
  options: CacheServerOptions = {},
): Promise<CacheServer> {
  const redisPort = await freePort();
  const grpcPort = await freePort();
  const server = await startServer(t, {
    args: [
      ...['--workers', '1', '--redis-port', String(redisPort), '--grpc-port', String(grpcPort)],
      ...(options.args ?? []),
    ],
    ...(options.dir === undefined ? {} : { dir: options.dir }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const metrics = async (): Promise<readonly Sample[]> =>
    parseMetrics(await (await fetch(`${server.url}/metrics`)).text());
  return {
    address: {
      url: server.url,
      redisUrl: `redis://127.0.0.1:${redisPort}`,
      grpcUrl: `grpc://127.0.0.1:${grpcPort}`,
      token: options.token,
    },
    dir: server.dir,
    pid: server.child.pid!,
    counts: async (namespace) => {
      const samples = (await metrics()).filter(({ labels }) =>
        (labels.namespace ?? '').startsWith(namespace),
      );
      const sum = (name: string, result?: string): number =>
        samples
          .filter((sample) => sample.name === `memobuild_${name}`)
          .filter((sample) => result === undefined || sample.labels.result === result)
          .reduce((total, { value }) => total + value, 0);
      return {
        hits: sum('cache_lookups_total', 'hit'),
        misses: sum('cache_lookups_total', 'miss'),
        writes: sum('cache_writes_total'),
      };
    },
    metric: async (name) =>
      (await metrics())
        .filter((sample) => sample.name === `memobuild_${name}`)
        .reduce((total, { value }) => total + value, 0),
    kill: () => server.child.kill('SIGKILL'),
    drain: () => server.child.kill('SIGTERM'),
    stop: () => server.stop(),
  };
}

/** Flips a byte in the middle of each body that has a file of its own. @returns how many there were. */
export async function damageFiles(storeDir: string): Promise<number> {
  const blobs = join(storeDir, 'blobs');
  let damaged = 0;
  for (const entry of await readdir(blobs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file);
    const middle = bytes.length >> 1;
    bytes[middle] = bytes[middle]! ^ 0xff;
    await writeFile(file, bytes);
    damaged += 1;
  }
  return damaged;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function parseMetrics(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match === null) return [];
    const labels: Record<string, string> = {};
    for (const [, name, value] of (match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels[name!] = value!;
    }
    return [{ name: match[1]!, labels, value: Number(match[3]) }];
  });
}
