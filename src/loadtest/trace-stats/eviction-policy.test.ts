import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../statistics/random.ts';
import type { SimulatedCache } from './eviction-policy.ts';
import { S3FifoCache } from './s3-fifo.ts';
import { SieveCache } from './sieve.ts';

interface Entry {
  readonly key: string;
  readonly size: number;
  uses: number;
}

const bytesOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { size }) => sum + size, 0);

/** SIEVE as its paper has it, on a list from the oldest to the newest. */
function plainSieve(max: number): (key: string, size: number) => boolean {
  const list: Entry[] = [];
  let hand = 0;
  return (key, size) => {
    const found = list.find((entry) => entry.key === key);
    if (found !== undefined) {
      found.uses = 1;
      return true;
    }
    while (bytesOf(list) + size > max) {
      while (list[hand]!.uses > 0) {
        list[hand]!.uses = 0;
        hand = (hand + 1) % list.length;
      }
      list.splice(hand, 1);
      if (hand >= list.length) hand = 0;
    }
    list.push({ key, size, uses: 0 });
    return false;
  };
}

/** S3-FIFO as its paper has it, on lists from the oldest to the newest. */
function plainS3Fifo(max: number): (key: string, size: number) => boolean {
  const [small, main, ghosts]: [Entry[], Entry[], Entry[]] = [[], [], []];
  const evictMain = (): void => {
    for (let entry = main.shift()!; entry.uses > 0; entry = main.shift()!) {
      main.push({ ...entry, uses: entry.uses - 1 });
    }
  };
  const evictSmall = (): void => {
    const entry = small.shift()!;
    if (entry.uses > 0) main.push({ ...entry, uses: 0 });
    else ghosts.push(entry);
    while (bytesOf(ghosts) > 0.9 * max) ghosts.shift();
  };
  return (key, size) => {
    const found = [...small, ...main].find((entry) => entry.key === key);
    if (found !== undefined) {
      found.uses = Math.min(3, found.uses + 1);
      return true;
    }
    while (bytesOf(small) + bytesOf(main) + size > max) {
      if (bytesOf(small) > 0.1 * max || main.length === 0) evictSmall();
      else evictMain();
    }
    const ghost = ghosts.findIndex((entry) => entry.key === key);
    if (ghost >= 0) ghosts.splice(ghost, 1);
    (ghost >= 0 ? main : small).push({ key, size, uses: 0 });
    return false;
  };
}

/** Which of a sequence of keys of one byte hit. */
function hitsOf(cache: SimulatedCache, keys: string): string {
  return [...keys].filter((key) => cache.use(key, 1)).join('');
}

test('SIEVE keeps what was used again, and evicts what came last before it', () => {
  // The hand clears a, evicts b, and goes on with c and d: LRU would evict a instead of d.
  assert.equal(hitsOf(new SieveCache(3), 'abcadefa'), 'aa');
});

test('S3-FIFO keeps what was used again, or came back soon, through a scan', () => {
  // LRU would have evicted a and b in the scan from l to s.
  assert.equal(hitsOf(new S3FifoCache(10), 'abcdefghijakblmnopqrsabc'), 'aab');
});

for (const [name, create, plain] of [
  ['SIEVE', (max: number) => new SieveCache(max), plainSieve],
  ['S3-FIFO', (max: number) => new S3FifoCache(max), plainS3Fifo],
] as const) {
  test(`${name} by bytes hits where the algorithm of its paper does`, () => {
    for (const seed of [1, 2, 3]) {
      const random = createRandom(seed, 1);
      const [cache, expected] = [create(1000), plain(1000)];
      let hits = 0;
      for (let use = 0; use < 3000; use += 1) {
        const rank = Math.floor(80 * random() ** 2);
        const size = 1 + ((rank * 37) % 90);
        const isHit = cache.use(`${rank}`, size);
        assert.equal(isHit, expected(`${rank}`, size), `use ${use} of seed ${seed}`);
        if (isHit) hits += 1;
      }
      assert.ok(hits > 500 && hits < 2500, `${hits}`);
    }
  });

  test(`${name}: what was removed, and what is larger than the cache, is not there`, () => {
    const cache = create(10);
    assert.deepEqual([cache.use('a', 4), cache.use('a', 4)], [false, true]);
    cache.remove('a');
    assert.equal(cache.use('a', 4), false);
    assert.deepEqual([cache.use('b', 11), cache.use('b', 11)], [false, false]);
    assert.equal(cache.use('a', 4), true, 'nothing was evicted for it');
  });
}
