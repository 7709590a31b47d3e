/*
 * What the embedded store costs, without a network: `node --import tsx bench/store.ts [--growth N]`.
 * Prints time and processor time an operation; the latter means more on a busy machine. With
 * `--growth N` it fills a store with N small entries and tells how it grew.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCache } from '../src/cache/index.ts';
import { sha256Of } from '../src/core/index.ts';
import { type EntryKey, openEmbeddedStore, type Store } from '../src/storage/index.ts';

const { values: flags } = parseArgs({ options: { growth: { type: 'string' } } });
const patient = new AbortController().signal;
setMaxListeners(0, patient);

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
if (flags.growth === undefined) {
  await smallEntries();
  for (const inlineKib of [4, 16, 64]) await bodySizes(inlineKib * 1024);
} else {
  await growth(Number(flags.growth));
}

async function smallEntries(): Promise<void> {
  await withStore({ maxBytes: 0 }, async (store) => {
    const samples = Array.from({ length: 10_000 }, () => blob(1024));
    const cache = createCache({ store });
    await row('put 1 KiB, 50 at once', samples.length, () =>
      concurrently(50, samples, ({ key, bytes }) => store.write(key, bytes, { signal: patient })),
    );
    const keys = samples.map(({ key }) => key);
    const absent = Array.from({ length: 1_000 }, () => blob(16).key);
    await row('find 1 KiB', 400_000, (count) => each(keys, count, (key) => store.find(key)));
    await row('find, absent', 200_000, (count) => each(absent, count, (key) => store.find(key)));
    await row('get 1 KiB through the cache', 400_000, (count) =>
      each(keys, count, (key) => cache.get(key, 'bench')),
    );
    const cold = createCache({ store, limits: { hotBytesMax: 0 } });
    await row('get 1 KiB, nothing kept in memory', 400_000, (count) =>
      each(keys, count, (key) => cold.get(key, 'bench')),
    );
    await row('missing, a key of a batch of 1,000', 400_000, async (count) => {
      for (let done = 0; done < count; done += 1_000) await store.missing(keys.slice(0, 1_000));
    });
  });
  await withStore({ maxBytes: 8_000_000 }, async (store) => {
    const samples = Array.from({ length: 20_000 }, () => blob(1024));
    await row('put 1 KiB, 50 at once, each evicting', samples.length, () =>
      concurrently(50, samples, ({ key, bytes }) => store.write(key, bytes, { signal: patient })),
    );
  });
}

async function bodySizes(inlineBytesMax: number): Promise<void> {
  for (const sizeKib of [4, 16, 64]) {
    const maxBytes = 48 * 2 ** 20;
    await withStore({ maxBytes, inlineBytesMax }, async (store, dir) => {
      const where = sizeKib * 1024 <= inlineBytesMax ? 'in the index' : 'a file each';
      const samples = Array.from({ length: (128 * 1024) / sizeKib }, () => blob(sizeKib * 1024));
      const cache = createCache({ store });
      await row(`put ${sizeKib} KiB (${where}), 16 at once, evicting`, samples.length, () =>
        concurrently(16, samples, ({ key, bytes }) => store.write(key, bytes, { signal: patient })),
      );
      const young = samples.slice(-(16 * 1024) / sizeKib).map(({ key }) => key);
      const reads = Array.from({ length: 4 }, () => young).flat();
      await row(`get ${sizeKib} KiB (${where}), 16 at once, verified`, reads.length, () =>
        concurrently(16, reads, async (key) => {
          const found = await cache.get(key, 'bench');
          if (found.kind !== 'hit') throw new Error('a young entry is gone');
        }),
      );
      console.log(`    index file ${mib(indexFile(dir))} for a bound of ${mib(maxBytes)}`);
    });
  }
}

async function growth(entries: number): Promise<void> {
  await withStore({ maxBytes: 0 }, async (store, dir) => {
    let filled = 0;
    for (const target of [10_000, entries]) {
      const startMs = performance.now();
      while (filled < target) {
        const numbers = Array.from(
          { length: Math.min(2_000, target - filled) },
          (_, i) => filled + i,
        );
        await Promise.all(
          numbers.map((number) => store.write(keyOf(number), bodyOf(number), { signal: patient })),
        );
        filled += numbers.length;
      }
      const seconds = (performance.now() - startMs) / 1000;
      const { sizeBytes } = await store.usage();
      const file = indexFile(dir);
      console.log(
        `${filled} entries of 100 bytes (${seconds.toFixed(0)} s): index file ${mib(file)}, ` +
          `${(file / filled).toFixed(0)} bytes an entry; counted ${(sizeBytes / filled).toFixed(0)}; ` +
          `memory of the process ${mib(process.memoryUsage.rss())}, heap ${mib(process.memoryUsage().heapUsed)}`,
      );
      const timesUs: number[] = [];
      for (let look = 0; look < 100_000; look += 1) {
        const key = keyOf(Math.floor(Math.random() * filled));
        const before = performance.now();
        if ((await store.find(key)).kind !== 'hit') throw new Error('an entry is gone');
        timesUs.push((performance.now() - before) * 1000);
      }
      timesUs.sort((a, b) => a - b);
      const at = (share: number): string => timesUs[Math.floor(timesUs.length * share)]!.toFixed(2);
      console.log(`    find: P50 ${at(0.5)} µs, P99 ${at(0.99)} µs`);
    }
    await store.close();
    const startMs = performance.now();
    const again = await openEmbeddedStore({ dir, maxBytes: 0 });
    await again.find(keyOf(1));
    console.log(`    opened again in ${(performance.now() - startMs).toFixed(1)} ms`);
    await again.close();
  });
}

async function withStore(
  options: { maxBytes: number; inlineBytesMax?: number },
  run: (store: Store, dir: string) => Promise<void>,
): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-bench-'));
  try {
    const store = await openEmbeddedStore({ dir, ...options });
    await run(store, dir);
    await store.close().catch(() => {});
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function row(name: string, count: number, run: (count: number) => unknown): Promise<void> {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(cpu);
  const ms = performance.now() - startMs;
  const perSecond = Math.round((count / ms) * 1000).toLocaleString('en');
  console.log(
    `${name.padEnd(56)} ${perSecond.padStart(10)} /s  ${((ms / count) * 1000).toFixed(2).padStart(8)} µs` +
      `  ${((user + system) / count).toFixed(2).padStart(8)} µs cpu`,
  );
}

/** Calls without waiting for more than what is a promise, as the server does. */
async function each<T>(
  items: readonly T[],
  count: number,
  call: (item: T) => unknown,
): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const answer = call(items[(done * 7919) % items.length]!);
    if (answer instanceof Promise) await answer;
    // A turn of the event loop now and then, as under a server.
    if (done % 20 === 19) await new Promise(setImmediate);
  }
}

async function concurrently<T>(
  lanes: number,
  items: readonly T[],
  call: (item: T) => Promise<unknown>,
): Promise<void> {
  const waiting = items.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const item of waiting) await call(item);
    }),
  );
}

function blob(sizeBytes: number): { key: EntryKey; bytes: Buffer } {
  const bytes = randomBytes(sizeBytes);
  return { key: { space: 'cas', hash: sha256Of(bytes) }, bytes };
}

function bodyOf(number: number): Buffer {
  return Buffer.alloc(100, `entry ${number} `);
}

function keyOf(number: number): EntryKey {
  return { space: 'cas', hash: sha256Of(bodyOf(number)) };
}

function indexFile(dir: string): number {
  return statSync(join(dir, 'index', 'data.mdb')).size;
}

function mib(sizeBytes: number): string {
  return `${(sizeBytes / 2 ** 20).toFixed(1)} MiB`;
}
