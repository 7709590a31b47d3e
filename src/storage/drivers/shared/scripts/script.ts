import { createHash } from 'node:crypto';
import type { RedisCalls } from '../redis/redis-calls.ts';
import { type RedisArgument, type RedisReply, RedisReplyError } from '../redis/redis-connection.ts';
import { prelude } from './prelude.ts';

/** A script that Redis runs as one step, whole or not at all. */
export interface Script {
  readonly source: string;
  /** SHA-1 of the source, by which Redis knows it. */
  readonly sha1: string;
}

/** Makes a script of its own part. All begin with the same helpers. */
export function script(body: string): Script {
  const source = `${prelude}\n${body}`;
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/**
 * Runs a script by its hash, and hands over its source where Redis does not know it (any more).
 * @param makeArgs makes the arguments of each attempt.
 * @throws {CacheError} as `RedisCalls.run`.
 */
export async function runScript(
  calls: RedisCalls,
  { source, sha1 }: Script,
  key: string,
  makeArgs: () => readonly RedisArgument[],
): Promise<RedisReply> {
  try {
    return await calls.run(() => ['EVALSHA', sha1, '1', key, ...makeArgs()]);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return await calls.run(() => ['EVAL', source, '1', key, ...makeArgs()]);
  }
}

function isUnknownScript(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof RedisReplyError && cause.code === 'NOSCRIPT';
}
