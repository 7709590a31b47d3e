import type { CacheError, CacheErrorCode } from '../../core/index.ts';

/** A failure of a lookup is the absence of the key, or an error that begins with this word. */
export interface RedisFailure {
  readonly lookup: 'absent' | RedisErrorWord;
  readonly store: RedisErrorWord;
}

/** The first word of an error, as Redis has it: some clients tell failures apart by it. */
export type RedisErrorWord = 'ERR' | 'BUSY' | 'LOADING' | 'NOAUTH' | 'NOPERM' | 'OOM' | 'READONLY';

/**
 * What a Redis client sees of each failure. ccache and sccache compile themselves whatever they are
 * told, but count errors, and sccache warns: a lookup that cannot be answered is a miss.
 */
export const redisFailure: Readonly<Record<CacheErrorCode, RedisFailure>> = {
  bad_request: { lookup: 'ERR', store: 'ERR' },
  invalid_key: { lookup: 'ERR', store: 'ERR' },
  exists: { lookup: 'absent', store: 'ERR' },
  digest_mismatch: { lookup: 'absent', store: 'ERR' },
  size_mismatch: { lookup: 'absent', store: 'ERR' },
  too_large: { lookup: 'absent', store: 'ERR' },
  unauthenticated: { lookup: 'NOAUTH', store: 'NOAUTH' },
  forbidden: { lookup: 'NOPERM', store: 'NOPERM' },
  read_only: { lookup: 'absent', store: 'READONLY' },
  draining: { lookup: 'absent', store: 'LOADING' },
  overloaded: { lookup: 'absent', store: 'BUSY' },
  store_full: { lookup: 'absent', store: 'OOM' },
  damaged: { lookup: 'absent', store: 'ERR' },
  timeout: { lookup: 'absent', store: 'ERR' },
  aborted: { lookup: 'absent', store: 'ERR' },
  unavailable: { lookup: 'absent', store: 'ERR' },
} satisfies Record<CacheErrorCode, RedisFailure>;

/** The reply to a failure; `undefined` where it is to be the absence of the key. */
export function redisRefusal(error: CacheError, kind: keyof RedisFailure): string | undefined {
  const word = redisFailure[error.code][kind];
  if (word === 'absent') return undefined;
  return `${word} ${error.code}: ${error.message.replace(/[^ -~]/g, ' ').slice(0, 500)}`;
}
