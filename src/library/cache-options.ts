/** What a cache is started with; every option may be left out. */
export interface StartCacheOptions {
  /**
   * Where it runs: `this` process, or a process of its `own`, which ends with this one. Default
   * `this`. A load test from this process wants `own`: the two then don't share one thread.
   */
  readonly process?: 'this' | 'own' | undefined;
  /** The port on 127.0.0.1, 0 to 65535. Default 0: a free one. */
  readonly port?: number | undefined;
  /** The store's directory, which is kept. Default: a temporary one, which `close()` removes. */
  readonly dir?: string | undefined;
  /** `embedded` keeps entries in the directory, `memory` in the process. Default `embedded`. */
  readonly store?: 'embedded' | 'memory' | undefined;
  /** Bound of the store, in bytes or as `256MiB`; 0 = unbounded. Default 10 GiB. */
  readonly maxSize?: number | string | undefined;
  /** Whether writes are refused. Default false. */
  readonly readOnly?: boolean | undefined;
  /** A port for the Remote Execution API over gRPC; 0: a free one. Default: none. */
  readonly grpcPort?: number | undefined;
  /** A port for the Redis protocol; 0: a free one. Default: none. */
  readonly redisPort?: number | undefined;
  /** Aborts the start, which then throws the signal's reason; later on it closes the cache. */
  readonly signal?: AbortSignal | undefined;
}

/** A cache that was started. It keeps this process alive until it is closed. */
export interface RunningCache extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ports of other protocols that were asked for, by URL scheme: `grpc`, `redis`. */
  readonly otherPorts: Readonly<Record<string, number>>;
  /** The store's directory. */
  readonly dir: string;
  /**
   * Serves to their end the requests that run, for 5 seconds at most, and closes the store. Removes
   * the directory where it was a temporary one. A second call waits for the first.
   */
  close(): Promise<void>;
}

/** Why a cache was not started. */
export type CacheStartErrorCode =
  /** An option has a value that it does not take. */
  | 'bad_option'
  /** The port is taken, the directory can't be used, or another server uses it. */
  | 'not_started';

/** A cache could not be started; the message says why. Nothing of it is left behind. */
export class CacheStartError extends Error {
  override readonly name = 'CacheStartError';
  readonly code: CacheStartErrorCode;

  constructor(code: CacheStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
