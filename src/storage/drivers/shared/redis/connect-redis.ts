import { readFile } from 'node:fs/promises';
import { CacheError, messageOf } from '../../../../core/index.ts';
import type { RedisAddress } from './redis-address.ts';
import {
  type RedisArgument,
  type RedisConnection,
  type RedisReply,
  RedisReplyError,
  UnsentError,
} from './redis-connection.ts';

/** How Redis is reached. */
export interface RedisAccess {
  readonly address: RedisAddress;
  /** Holds the password, with or without a line end. */
  readonly passwordFile?: string | undefined;
  /** Holds the password of the Sentinels, which have users of their own. */
  readonly sentinelPasswordFile?: string | undefined;
  /** Certificates that are trusted beside those that Node trusts. */
  readonly caFile?: string | undefined;
  /** This client's own certificate and key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/**
 * Begins to connect to Redis by node-redis, which is loaded here and not before, and goes on trying.
 * @throws {CacheError} `unavailable` where the package is not installed or a file cannot be read.
 */
export async function connectRedis(access: RedisAccess): Promise<RedisConnection> {
  const library = await loadLibrary();
  const [password, sentinelPassword, ca, cert, key] = await Promise.all([
    secretIn(access.passwordFile),
    secretIn(access.sentinelPasswordFile),
    textIn(access.caFile),
    textIn(access.certFile),
    textIn(access.keyFile),
  ]);
  const files = { ca, cert, key };
  return new NodeRedisConnection(library, { ...access, password, sentinelPassword, files });
}

type Library = typeof import('@redis/client');

async function loadLibrary(): Promise<Library> {
  try {
    return await import('@redis/client');
  } catch (error) {
    const missing = 'the shared store needs the package @redis/client: npm install @redis/client';
    throw new CacheError('unavailable', missing, { cause: error });
  }
}

interface ClientSettings extends RedisAccess {
  readonly password: string | undefined;
  readonly sentinelPassword: string | undefined;
  readonly files: Readonly<Record<'ca' | 'cert' | 'key', string | undefined>>;
}

/** What a client of one server and one of Sentinels have in common. */
interface Client {
  readonly isReady: boolean;
  send(args: readonly RedisArgument[]): Promise<RedisReply>;
  destroy(): Promise<void>;
}

class NodeRedisConnection implements RedisConnection {
  readonly #library: Library;
  readonly #settings: ClientSettings;
  #client: Client;
  #isClosed = false;
  lastError: string | undefined;

  constructor(library: Library, settings: ClientSettings) {
    this.#library = library;
    this.#settings = settings;
    this.#client = this.#begin();
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  async send(args: readonly RedisArgument[]): Promise<RedisReply> {
    const { ErrorReply, ClientOfflineError, ClientClosedError } = this.#library;
    const client = this.#client;
    if (!client.isReady) throw new UnsentError(this.lastError ?? 'there is no connection');
    try {
      return await client.send(args);
    } catch (error) {
      if (error instanceof ErrorReply) throw new RedisReplyError(error.message, { cause: error });
      if (error instanceof ClientOfflineError || error instanceof ClientClosedError) {
        throw new UnsentError(this.lastError ?? messageOf(error), { cause: error });
      }
      throw error;
    }
  }

  reset(): void {
    if (this.#isClosed) return;
    const stale = this.#client;
    this.#client = this.#begin();
    void stale.destroy().catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client.destroy().catch(() => {});
  }

  #begin(): Client {
    const onError = (error: unknown): void => {
      this.lastError = messageOf(error);
    };
    return this.#settings.address.kind === 'sentinel'
      ? sentinelClient(this.#library, this.#settings, onError)
      : serverClient(this.#library, this.#settings, onError);
  }
}

type OnError = (error: unknown) => void;

function serverClient(library: Library, settings: ClientSettings, onError: OnError): Client {
  const { host, port } = settings.address.nodes[0];
  const client = library.createClient({
    ...nodeOptions(settings, settings.password),
    socket: { ...socketOptions(settings), host, port },
  });
  client.on('error', onError);
  client.connect().catch(onError);
  const options = { typeMapping: bytesOf(library) };
  return {
    get isReady() {
      return client.isReady;
    },
    send: (args) => client.sendCommand<RedisReply>(args, options),
    destroy: async () => client.destroy(),
  };
}

function sentinelClient(library: Library, settings: ClientSettings, onError: OnError): Client {
  const { nodes, masterName } = settings.address;
  const socket = socketOptions(settings);
  const client = library.createSentinel({
    name: masterName,
    sentinelRootNodes: [...nodes],
    RESP: 2,
    passthroughClientErrorEvents: true,
    scanInterval: 2_000,
    nodeClientOptions: { ...nodeOptions(settings, settings.password), socket },
    sentinelClientOptions: {
      ...nodeOptions(
        { ...settings, address: { ...settings.address, username: undefined, database: 0 } },
        settings.sentinelPassword,
      ),
      socket,
    },
  });
  client.on('error', onError);
  client.connect().catch(onError);
  const options = { typeMapping: bytesOf(library) };
  return {
    get isReady() {
      return client.isReady;
    },
    send: (args) => client.sendCommand<RedisReply>(false, [...args], options),
    destroy: () => client.destroy(),
  };
}

function nodeOptions(
  { address }: ClientSettings,
  password: string | undefined,
): {
  RESP: 2;
  disableOfflineQueue: true;
  disableClientInfo: true;
  maintNotifications: 'disabled';
  name: string;
  database: number;
  username?: string;
  password?: string;
} {
  return {
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    name: 'memobuild',
    database: address.database,
    ...(password === undefined ? {} : { password }),
    ...(address.username === undefined ? {} : { username: address.username }),
  };
}

/** Full jitter, so that the nodes of a cluster don't come back all at once. */
function reconnectDelayMs(retries: number): number {
  return Math.ceil(Math.random() * Math.min(1_000, 50 * 2 ** Math.min(retries, 10)));
}

function socketOptions({ address, files }: ClientSettings) {
  const common = { connectTimeout: 3_000, reconnectStrategy: reconnectDelayMs };
  return address.isTls ? { ...common, ...files, tls: true as const } : common;
}

function bytesOf({ RESP_TYPES }: Library) {
  return { [RESP_TYPES.BLOB_STRING]: Buffer };
}

async function secretIn(file: string | undefined): Promise<string | undefined> {
  return (await textIn(file))?.replace(/\r?\n$/, '');
}

async function textIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CacheError('unavailable', `${file} cannot be read: ${messageOf(error)}`);
  }
}
