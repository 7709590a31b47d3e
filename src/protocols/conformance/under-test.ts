import type { CacheErrorCode } from '../../core/index.ts';

/** An answer, as the client understands it. */
export type Outcome =
  | { readonly kind: 'stored' }
  | { readonly kind: 'hit'; readonly body: Buffer }
  | { readonly kind: 'miss' }
  /** The status of an answer, or the first word of a Redis error. */
  | { readonly kind: 'refused'; readonly answer: string }
  /** The connection ended before the answer did. */
  | { readonly kind: 'broken' };

/** One client of one protocol, reduced to what all protocols have in common. */
export interface Speaker {
  store(key: string, body: Buffer): Promise<Outcome>;
  lookup(key: string): Promise<Outcome>;
  /**
   * Begins to store: announces the whole body and sends the first half. The answer comes after
   * `finish`, `breakOff` ends the connection instead.
   */
  beginStore(key: string, body: Buffer): Promise<HalfStore>;
}

export interface HalfStore {
  finish(): Promise<Outcome>;
  breakOff(): void;
}

/** A protocol as the suite sees it. */
export interface ProtocolUnderTest {
  readonly name: string;
  /** Keys of the tool's own form, all different. */
  readonly keys: readonly [string, string, string];
  readonly overwrite: 'replaces' | 'refused';
  /** When a large damaged body is found: before the answer begins (a miss), or while it is sent (it breaks off). */
  readonly verifies: 'before' | 'while';
  /** How a failure is answered: a {@link Outcome} of kind `miss` or `refused`. */
  refusal(code: CacheErrorCode, kind: 'lookup' | 'store'): Outcome;
  speak(server: SuiteServer, token?: string): Speaker;
}

/** A running server that the suite may do anything to. */
export interface SuiteServer {
  readonly port: number;
  readonly redisPort: number;
  /** Directory of its embedded store. */
  readonly dir: string;
  /** Entries in its store. */
  entries(): Promise<number>;
  /** Asks it to drain. Resolves when it is done. */
  drain(): Promise<void>;
}

export interface SuiteServerOptions {
  readonly blobBytesMax?: number;
  readonly readOnly?: boolean;
  /** A store that is there already. */
  readonly dir?: string;
  /** Whether it knows {@link readToken} and {@link writeToken} and nothing else. Default: everybody may do everything. */
  readonly hasTokens?: boolean;
  /** How long it serves open connections once it drains. Default 0. */
  readonly drainWindowMs?: number;
}

/** Starts a server that ends with the test. */
export type StartSuiteServer = (
  t: { after(undo: () => Promise<void> | void): void },
  options?: SuiteServerOptions,
) => Promise<SuiteServer>;

export const readToken = 'a-token-that-may-read';
export const writeToken = 'a-token-that-may-write';
