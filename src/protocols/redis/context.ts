import type { Cache, Caller } from '../../cache/index.ts';
import type { Access } from '../shared/access.ts';
import type { RespReader, RespVersion } from './wire.ts';

/** What the server gives the Redis protocol. */
export interface RedisOptions {
  readonly cache: Cache;
  /** Largest value taken. */
  readonly blobBytesMax: number;
  readonly access: Access;
  /** Whether the server is shutting down: a connection then ends after the command it is at. */
  isDraining(): boolean;
  /** Called for each command once it has been answered, or has broken off. */
  onCommand?(served: ServedCommand): void;
  /** Called for each unknown credential. */
  onFailedLogin?(connection: RedisConnection): void;
}

/** A command that is over. */
export interface ServedCommand {
  /** The command in lower case; `other` for one that is not supported. */
  readonly command: string;
  /** The first key that it names. */
  readonly key: string | undefined;
  readonly succeeded: boolean;
  /** Whether it was answered, with an error or not; otherwise the connection broke off. */
  readonly complete: boolean;
  readonly durationMs: number;
  /** Who sent it; empty where no credential was asked. */
  readonly principal: string;
  readonly remoteAddress: string | undefined;
}

/** A connection as a session sees it. */
export interface RedisConnection {
  readonly source: AsyncIterable<Uint8Array>;
  readonly remoteAddress: string | undefined;
  /** Resolves when there is room for more. @throws when the client is gone or does not read. */
  write(bytes: Uint8Array): Promise<void>;
  /** Between commands a client may be silent for long; within one it may not. */
  onPhase(phase: 'idle' | 'busy'): void;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** The state of a connection from one command to the next. */
export interface SessionState {
  authorization: string | undefined;
  /** Who sent the last command that touches entries: mostly, the next one comes from the same. */
  caller: Caller;
  closing: boolean;
  /** Which one the replies are written in; HELLO chooses. */
  protocol: RespVersion;
  /** No other connection to this server has it, in whatever process. */
  readonly id: number;
  /** As the client called its connection; empty where it did not. */
  name: string;
  /** The client's library, as it says. */
  readonly library: { 'lib-name': string; 'lib-ver': string };
  /** The first key of the command under way. */
  key: string | undefined;
}

/** One command under way: its arguments still to be read, and where its reply goes. */
export interface CommandContext {
  readonly options: RedisOptions;
  readonly connection: RedisConnection;
  readonly state: SessionState;
  readonly reader: RespReader;
  /** How many arguments follow the name. */
  readonly argumentCount: number;
  /** How many of them have been read. */
  argumentsRead: number;
  readonly reply: (bytes: Uint8Array) => Promise<void>;
}

/** Most arguments of a command: DEL and EXISTS take many keys. */
export const argumentsMax = 1024;
/** Longest argument that is not a value. */
export const argumentBytesMax = 4096;
/** What is read and thrown away of a value that was refused; past it the connection is closed. */
export const leftoverBytesMax: number = 16 * 2 ** 20;

/** A reply broke off after it had begun: nothing but the end of the connection says so. */
export class BrokenReply extends Error {
  override readonly name = 'BrokenReply';
}
