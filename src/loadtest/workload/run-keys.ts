import { mix32 } from '../statistics/random.ts';

/**
 * Names the run's keys: 64 hex characters, as cache keys are. The first 8 are the mark `memo` in
 * ASCII (so that what a run left behind can be found on a cache), 16 are the run's id (so that a new
 * key is new on a cache that outlives the run), 40 come from the seed and the key's number.
 */
export class RunKeys {
  readonly #prefix: string;
  readonly #workingSetPrefix: string;
  readonly #seed: number;

  /**
   * @param runId 16 hex characters.
   * @param workingSetId the same of the run that stored the working set, where several runs share it.
   */
  constructor(runId: string, seed: number, workingSetId: string = runId) {
    this.#prefix = `${keyMark}${runId}`;
    this.#workingSetPrefix = `${keyMark}${workingSetId}`;
    this.#seed = mix32(seed ^ mix32(Math.floor(seed / 2 ** 32)));
  }

  /** The key of a rank of the working set. */
  workingSetKey(rank: number): string {
    return this.#key(this.#workingSetPrefix, 0, rank);
  }

  /** The n-th key that was never used before. Numbers are unique over all workers. */
  newKey(number: number): string {
    return this.#key(this.#prefix, 1, number);
  }

  /** Two keys differ because the number's two halves go through one-to-one scramblings of their own words. */
  #key(prefix: string, kind: 0 | 1, number: number): string {
    const low = mix32((number % 2 ** 32) ^ this.#seed);
    const high = mix32(Math.floor(number / 2 ** 32) * 2 + kind);
    let key = prefix + hexWord(low) + hexWord(high ^ this.#seed);
    let word = low ^ high;
    for (let index = 2; index < 5; index += 1) {
      word = mix32(word + Math.imul(index, 0x9e3779b9) + low);
      key += hexWord(word);
    }
    return key;
  }
}

/** `memo` in ASCII. */
export const keyMark: string = Buffer.from('memo', 'latin1').toString('hex');

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
