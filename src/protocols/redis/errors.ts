import type { CacheError } from '../../core/index.ts';
import { type AnswerTable, answersAlike, answersLike } from '../shared/answer-table.ts';

/** The first word of an error, as Redis has it: some clients distinguish failures by it. */
export type RedisErrorWord = 'ERR' | 'BUSY' | 'LOADING' | 'NOAUTH' | 'NOPERM' | 'OOM' | 'READONLY';

/** A lookup that failed is the absence of the key, or an error that begins with a word. */
export type RedisAnswers = AnswerTable<'absent' | RedisErrorWord, RedisErrorWord>;

/**
 * What a Redis client sees of each failure. ccache and sccache compile by themselves whatever the
 * answer, but count errors, and sccache warns: a lookup that cannot be answered is a miss.
 */
export const redisFailure: RedisAnswers = answersLike<'absent' | RedisErrorWord, RedisErrorWord>(
  answersAlike('absent', 'ERR'),
  {
    lookup: {
      bad_request: 'ERR',
      invalid_key: 'ERR',
      unauthenticated: 'NOAUTH',
      forbidden: 'NOPERM',
    },
    store: {
      unauthenticated: 'NOAUTH',
      forbidden: 'NOPERM',
      read_only: 'READONLY',
      draining: 'LOADING',
      overloaded: 'BUSY',
      store_full: 'OOM',
    },
  },
);

/** The reply to a failure; `undefined` where it is to be the absence of the key. */
export function redisRefusal(error: CacheError, kind: 'lookup' | 'store'): string | undefined {
  const word = redisFailure[error.code][kind];
  if (word === 'absent') return undefined;
  return `${word} ${error.code}: ${error.message.replace(/[^ -~]/g, ' ').slice(0, 500)}`;
}
