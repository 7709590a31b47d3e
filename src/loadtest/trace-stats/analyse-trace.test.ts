import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { describe } from 'node:test';
import { startCache } from '../../index.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { createRandom } from '../statistics/random.ts';
import { analyseTrace } from './analyse-trace.ts';

interface Use {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Uses of keys of which few are wanted often; the wanted ones change slowly. */
function makeUses(count: number, keys: number, seed = 1): Use[] {
  const random = createRandom(seed, 0);
  return Array.from({ length: count }, (_, index) => {
    const rank = Math.floor(keys * random() ** 3);
    const number = (rank + Math.floor((index * keys) / (4 * count))) % keys;
    return { key: `key-${number}`, sizeBytes: 1000 + 37 * ((number * 7919) % 1000) };
  });
}

/** A trace in which each lookup that missed is followed by a store. */
async function writeTrace(dir: string, uses: readonly Use[]): Promise<string> {
  const seen = new Set<string>();
  const header = { trace: 'memobuild', version: 1, startedAtMs: 0, software: 'test' };
  const lines = uses.flatMap(({ key, sizeBytes: size }, index) => {
    const event = { t: 1000 * index, space: 'ac', ns: 'nsns', key, us: 1, proto: 'tool', w: 1 };
    const isNew = !seen.has(key);
    seen.add(key);
    if (!isNew) return [{ ...event, op: 'read', answer: 'hit', size }];
    return [
      { ...event, op: 'read', answer: 'miss' },
      { ...event, t: event.t + 1, op: 'write', answer: 'stored', size },
    ];
  });
  const path = join(dir, 'test.trace');
  await writeFile(path, [header, ...lines].map((line) => JSON.stringify(line)).join('\n'));
  return path;
}

/** The hit rate of a plain LRU list, percent. */
function lruHitRate(
  uses: readonly Use[],
  sizeBytesMax: number,
  costOf: (use: Use) => number,
): number {
  const entries = new Map<string, number>();
  let bytes = 0;
  let hits = 0;
  for (const use of uses) {
    const cost = costOf(use);
    if (entries.delete(use.key)) hits += 1;
    else bytes += cost;
    entries.set(use.key, cost);
    for (const [oldest, oldestBytes] of entries) {
      if (bytes <= sizeBytesMax) break;
      entries.delete(oldest);
      bytes -= oldestBytes;
    }
  }
  return (100 * hits) / uses.length;
}

describe('trace stats', () => {
  test('the curve is that of an LRU list at each size, and keys and bytes are counted', async (t) => {
    const uses = makeUses(5000, 600);
    const stats = await analyseTrace(await writeTrace(await tempDir(t), uses));
    const keys = new Set(uses.map(({ key }) => key));
    assert.equal(stats.lookups, 5000);
    assert.equal(stats.keys, keys.size);
    assert.equal(stats.sampledShare, 1);
    assert.equal(stats.growth.at(-1)?.keys, keys.size);
    const all = (100 * (uses.length - keys.size)) / uses.length;
    assert.ok(Math.abs(stats.unlimitedHitRatePercent! - all) < 1e-9);
    assert.ok(stats.curve.length >= 8);
    const { footprintBytes } = await import('./footprint.ts');
    for (const { sizeBytes, lruPercent, sievePercent, s3FifoPercent } of stats.curve) {
      const expected = lruHitRate(uses, sizeBytes, (use) => footprintBytes(use.sizeBytes));
      assert.ok(Math.abs(lruPercent - expected) < 0.5, `${sizeBytes}: ${lruPercent}, ${expected}`);
      assert.ok(sievePercent <= all + 1e-9 && s3FifoPercent <= all + 1e-9);
    }
    const largest = stats.curve.at(-1)!;
    assert.ok(Math.abs(largest.lruPercent - all) < 1e-9, 'all of the working set fits');
    assert.ok(Math.abs(largest.sievePercent - all) < 1e-9);
    assert.ok(Math.abs(largest.s3FifoPercent - all) < 1e-9);
  });

  test('a sample of the keys gives the same curve to within two points', async (t) => {
    const trace = await writeTrace(await tempDir(t), makeUses(12_000, 2000));
    const exact = await analyseTrace(trace);
    const sizesBytes = exact.curve.map(({ sizeBytes }) => sizeBytes).slice(-5);
    const sampled = await analyseTrace(trace, { keysMax: 600, sizesBytes });
    assert.ok(sampled.sampledShare < 0.5);
    assert.ok(Math.abs(sampled.keys / exact.keys - 1) < 0.1);
    for (const [index, point] of sampled.curve.entries()) {
      const { lruPercent } = exact.curve.at(index - 5)!;
      assert.ok(Math.abs(point.lruPercent - lruPercent) < 2, `${point.lruPercent}, ${lruPercent}`);
    }
    assert.match(sampled.notes.join(), /simulated with [\d.]+ % of the keys/);
  });

  test('a real server of that size has that hit rate, to within two points', async (t) => {
    const uses = makeUses(2500, 400);
    const stats = await analyseTrace(await writeTrace(await tempDir(t), uses));
    const maxSize = Math.round(stats.workingSetBytes / 4);
    const { curve } = await analyseTrace(stats.trace, { sizesBytes: [maxSize] });
    await using cache = await startCache({ maxSize });
    let hits = 0;
    for (const { key, sizeBytes } of uses) {
      const url = `${cache.url}/blobs/test/${key}`;
      const found = await fetch(url);
      await found.arrayBuffer();
      if (found.ok) hits += 1;
      else {
        const stored = await fetch(url, { method: 'PUT', body: Buffer.alloc(sizeBytes, key) });
        await stored.arrayBuffer();
        assert.ok(stored.ok, `${stored.status}`);
      }
    }
    const real = (100 * hits) / uses.length;
    assert.ok(hits > 0 && hits < uses.length);
    assert.ok(Math.abs(curve[0]!.lruPercent - real) < 2, `${curve[0]!.lruPercent}, ${real}`);
  });
});
