import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { ConfigError, loadConfig, type ServeConfig } from '../config/index.ts';
import { CacheError, listenerSchemes, makeTemporaryDirectory, messageOf } from '../core/index.ts';
import {
  composeInProcess,
  composeSettings,
  createLogger,
  lockStore,
  type StoreLock,
  type WorkerServer,
  type WorkerSettings,
} from '../server/index.ts';
import { CacheStartError, type StartCacheOptions } from './cache-options.ts';

/** The options that can be sent to another process. */
export type ServeOptions = Omit<StartCacheOptions, 'process' | 'signal'>;

/** A server in this process. */
export interface ServedCache {
  readonly port: number;
  readonly otherPorts: Readonly<Record<string, number>>;
  readonly dir: string;
  close(): Promise<void>;
}

/** Serves a cache in this process. @throws {CacheStartError} */
export async function serve(options: ServeOptions): Promise<ServedCache> {
  // Checked before a directory is made.
  const load = async (dir: string): Promise<ServeConfig> => await configOf(options, dir);
  await load(options.dir ?? tmpdir());
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const dir = options.dir ?? temporaryDir(undo);
    const config = await load(dir);
    const lock = await lockStore(config, createLogger(config.log.level, {}));
    undo.push(() => lock.release());
    const server = await openRepaired(lock, await composeSettings(config));
    undo.push(() => server.drain({ kind: 'stopping' }));
    const { port, otherPorts } = await server.listen({ port: config.listen.port, otherPorts: {} });
    let closed: Promise<void> | undefined;
    return { port, otherPorts, dir, close: () => (closed ??= close()) };
  } catch (error) {
    await close();
    throw new CacheStartError('not_started', `the cache can't start: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Where the index cannot be opened because it is damaged, the cache starts empty, as a server's does. */
async function openRepaired(lock: StoreLock, settings: WorkerSettings): Promise<WorkerServer> {
  try {
    return await composeInProcess(settings);
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'damaged') throw error;
    await lock.repair({ reason: error.message, isCertain: false });
    return await composeInProcess(settings);
  }
}

function temporaryDir(undo: (() => Promise<unknown>)[]): string {
  const dir = makeTemporaryDirectory('memobuild-cache-');
  undo.push(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** @throws {CacheStartError} `bad_option` with every problem there is. */
async function configOf(options: ServeOptions, dir: string): Promise<ServeConfig> {
  const { port = 0, store, maxSize, readOnly } = options;
  const otherPorts = listenerSchemes.map((scheme) => [`${scheme}Port`, options[`${scheme}Port`]]);
  const given = { port, dir, store, maxSize, readOnly, ...Object.fromEntries(otherPorts) };
  const fixed = {
    workers: 1,
    logLevel: 'silent',
    drainDelay: '0s',
    drainWindow: '0s',
    drainDeadline: '5s',
  };
  try {
    // The environment's settings are for the user's own server.
    const { config } = await loadConfig({ env: {}, flags: { ...given, ...fixed } });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CacheStartError('bad_option', error.message, { cause: error });
  }
}
