import { parseInteger } from './arguments.ts';
import { RedisReplyError, syntaxError } from './reply-error.ts';

/** What the words after SET's key and value ask for. */
export interface SetOptions {
  /** NX: store only where there is no entry. */
  readonly ifAbsent: boolean;
}

/**
 * Reads the options of SET. A time to live (EX, PX, EXAT, PXAT) is a hint: it is checked and
 * ignored, since entries are evicted when room is needed. KEEPTTL asks for what is the case anyway.
 * @throws {RedisReplyError} also for XX and GET: neither could be kept atomic with the store.
 */
export function parseSetOptions(words: readonly string[]): SetOptions {
  let ifAbsent = false;
  let timed = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!.toUpperCase();
    switch (word) {
      case 'NX':
        ifAbsent = true;
        break;
      case 'EX':
      case 'PX':
      case 'EXAT':
      case 'PXAT':
      case 'KEEPTTL':
        if (timed) throw syntaxError('SET takes one of EX, PX, EXAT, PXAT and KEEPTTL');
        timed = true;
        if (word !== 'KEEPTTL') checkTimeToLive('set', parseInteger(words[++at]));
        break;
      default:
        throw syntaxError(
          'SET takes NX, EX, PX, EXAT, PXAT and KEEPTTL after its value; XX and GET are not offered',
        );
    }
  }
  return { ifAbsent };
}

/** @throws {RedisReplyError} for a time to live that Redis refuses. */
export function checkTimeToLive(command: string, value: number): void {
  if (value > 0) return;
  throw new RedisReplyError(`ERR invalid expire time in '${command}' command`);
}
