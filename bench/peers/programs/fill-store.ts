// Fills an embedded store with COUNT small entries, past the server. CHECKOUT DIR COUNT
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { loadEmbeddedDriver } from './load-embedded-driver.ts';

const [checkout, dir, countText] = process.argv.slice(2) as [string, string, string];
const count = Number(countText);
const { openEmbeddedStore } = await loadEmbeddedDriver(checkout);
const store = await openEmbeddedStore({ dir, maxBytes: 0 });
const { signal } = new AbortController();
// As many writes wait at once as are under way.
setMaxListeners(0, signal);
let next = 0;

async function writeSome(): Promise<void> {
  while (next < count) {
    const index = next;
    next += 1;
    const key = createHash('sha256').update(`growth ${index}`).digest('hex');
    const body = createHash('shake256', { outputLength: 100 }).update(key).digest();
    await store.write({ space: 'ac', namespace: '', key }, body, { signal });
  }
}

await Promise.all(Array.from({ length: 256 }, writeSome));
await store.close();
