import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CacheError } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import type { EntryKey, Store } from '../../store.ts';
import { createMemoryStore } from '../memory/index.ts';
import { openEmbeddedStore } from './open.ts';

const { signal } = new AbortController();
const key: EntryKey = { space: 'ac', namespace: 'nx:', key: '1' };

const drivers: Record<string, (t: TestContext) => Promise<Store>> = {
  memory: async () => createMemoryStore({ maxBytes: 0 }),
  embedded: async (t) => await openEmbeddedStore({ dir: await tempDir(t), maxBytes: 0 }),
};

for (const [name, open] of Object.entries(drivers)) {
  test(`${name}: of writes that are to be the first, one succeeds and stays`, async (t) => {
    const store = await open(t);
    t.after(() => store.close());
    const bodies = ['a', 'b', 'c', 'd'].map((letter) => Buffer.from(letter.repeat(100_000)));
    const outcomes = await Promise.allSettled(
      bodies.map((body) => store.write(key, body, { ifAbsent: true, signal })),
    );
    const winners = outcomes.flatMap((outcome, index) =>
      outcome.status === 'fulfilled' ? [index] : [],
    );
    assert.equal(winners.length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      assert.ok(outcome.reason instanceof CacheError);
      assert.equal(outcome.reason.code, 'exists');
    }
    assert.deepEqual(await stored(store), bodies[winners[0]!]);
    assert.equal((await store.usage()).entries, 1);

    await store.write(key, Buffer.from('again'), { signal });
    assert.equal((await stored(store))?.toString(), 'again', 'others still replace');

    await store.purge({ what: 'key', key }, { signal });
    await store.write(key, Buffer.from('anew'), { ifAbsent: true, signal });
    assert.equal((await stored(store))?.toString(), 'anew', 'a purged key can be written again');
  });
}

async function stored(store: Store): Promise<Buffer | undefined> {
  const found = await store.find(key);
  if (found.kind === 'miss') return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of await found.open({ signal })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
