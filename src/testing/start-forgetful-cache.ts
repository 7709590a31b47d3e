import { createRandom } from '../loadtest/statistics/random.ts';
import type { Cleanup } from './cleanup.ts';
import { startPlainCache } from './start-plain-cache.ts';

/** What a cache over a map gets wrong now and then, in its answers to GET. */
export type Forgetfulness =
  /** It has forgotten an entry. */
  | 'forgets'
  /** It answers with the value before the last. */
  | 'reverts'
  /** It answers with the beginning of one value and the end of another. */
  | 'mixes';

/** Starts one on this thread. It is closed when the test ends. @param share of the answers that are wrong. */
export async function startForgetfulCache(
  t: Cleanup,
  fault: Forgetfulness,
  share: number,
): Promise<{ readonly url: string }> {
  const random = createRandom(1, 0);
  const before = new Map<string, Buffer>();
  return await startPlainCache(t, {
    replaced: (path, body) => {
      before.set(path, body);
    },
    found: (path, body) => {
      const older = before.get(path);
      if (older === undefined || random() >= share) return body;
      if (fault === 'forgets') return undefined;
      if (fault === 'reverts') return older;
      const half = Math.floor(Math.min(body.length, older.length) / 2);
      return Buffer.concat([body.subarray(0, half), older.subarray(half, body.length)]);
    },
  });
}
