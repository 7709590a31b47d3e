/** One argument of a command. */
export type RedisArgument = string | Buffer;

/** What a command answers: texts as bytes, whatever they hold. */
export type RedisReply = Buffer | string | number | null | readonly RedisReply[];

/** A reply as the text that it is; '' for none. */
export function textOf(reply: RedisReply | undefined): string {
  return reply instanceof Buffer || typeof reply === 'string' || typeof reply === 'number'
    ? reply.toString()
    : '';
}

/** A reply as the list that it is; an empty one for anything else. */
export function listOf(reply: RedisReply): readonly RedisReply[] {
  return Array.isArray(reply) ? (reply as readonly RedisReply[]) : [];
}

/**
 * All that the store needs of a client library. Whoever implements it connects by itself, and again
 * after a loss, and keeps the order of commands that are sent on one connection.
 */
export interface RedisConnection {
  /** Whether commands can be sent at this moment. */
  readonly isReady: boolean;
  /**
   * Sends one command. Never queues: without a connection it fails.
   * @throws {UnsentError} where the command did not go out; {@link RedisReplyError} where Redis
   * refused it; anything else where it may have been executed.
   */
  send(args: readonly RedisArgument[]): Promise<RedisReply>;
  /** Drops the connection, on which nothing may come any more, and makes a new one. */
  reset(): void;
  /** Why there was no connection, or none any more, when it was last tried. */
  readonly lastError: string | undefined;
  close(): Promise<void>;
}

/** A command did not go out, for lack of a connection. */
export class UnsentError extends Error {
  override readonly name = 'UnsentError';
}

/** Redis answered with an error. */
export class RedisReplyError extends Error {
  override readonly name = 'RedisReplyError';

  /** The first word, in capitals: `LOADING`, `OOM`, `NOPERM`. */
  get code(): string {
    return /^[A-Z]+/.exec(this.message)?.[0] ?? '';
  }
}
