// Writes to an embedded store, or reads from it, until SECONDS are over, without a server, and prints
// a StoreReport. CHECKOUT DIR WORK SIZE INLINE SECONDS
import { createHash, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { sha256Of } from '../../../src/core/index.ts';
import type { EntryKey } from '../../../src/storage/index.ts';
import type { StoreReport } from '../../rows/store.ts';
import { loadEmbeddedDriver } from './load-embedded-driver.ts';

/** Far less than is written: eviction is at work, as in a store that has been full for long. */
const maxBytes = 48 * 2 ** 20;
const atOnce = 16;

const [checkout, dir, work, ...numbers] = process.argv.slice(2) as [string, string, string];
const [sizeBytes, inlineBytesMax, seconds] = numbers.map(Number) as [number, number, number];
const { openEmbeddedStore } = await loadEmbeddedDriver(checkout);
const store = await openEmbeddedStore({ dir, maxBytes, inlineBytesMax });
const { signal } = new AbortController();
setMaxListeners(0, signal);

// More bodies than the store holds, so that a write always evicts; few enough to stay at hand.
const bodies = Array.from({ length: Math.ceil((2 * maxBytes) / sizeBytes) }, () => {
  const bytes = randomBytes(sizeBytes);
  const key: EntryKey = { space: 'cas', hash: sha256Of(bytes) };
  return { key, bytes };
});
let next = 0;
const put = async (): Promise<void> => {
  const { key, bytes } = bodies[next++ % bodies.length]!;
  await store.write(key, bytes, { signal });
};

/**
 * Reads the youngest quarter of the store, with the comparison of bytes and hash that the cache
 * makes.
 */
const get = async (): Promise<void> => {
  const young = Math.floor(maxBytes / 4 / sizeBytes);
  const { key } = bodies[bodies.length - 1 - (next++ % young)]!;
  const found = await store.find(key);
  if (found.kind !== 'hit') throw new Error('a young entry is gone');
  const hash = createHash('sha256');
  if (found.bytes !== undefined) hash.update(found.bytes);
  else for await (const piece of await found.open({ signal })) hash.update(piece);
  if (hash.digest('hex') !== found.info.sha256) throw new Error('an entry is damaged');
};

async function repeat(untilMs: number, once: () => Promise<void>): Promise<void> {
  while (performance.now() < untilMs) await once();
}

for (let filled = 0; filled < bodies.length; filled += 1) await put();
next = 0;
const [startedMs, cpuBefore] = [performance.now(), process.cpuUsage()];
const once = work === 'put' ? put : get;
await Promise.all(Array.from({ length: atOnce }, () => repeat(startedMs + seconds * 1000, once)));
const { user, system } = process.cpuUsage(cpuBefore);
const report: StoreReport = {
  operations: next,
  tookMs: performance.now() - startedMs,
  cpuUs: user + system,
};
await store.close();
process.stdout.write(JSON.stringify(report));
