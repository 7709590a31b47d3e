import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Cache, type CacheOptions, createCache } from '../cache/index.ts';
import { CacheError, type CacheErrorCode } from '../core/index.ts';
import { openEmbeddedStore } from '../storage/drivers/embedded/index.ts';
import { createMemoryStore } from '../storage/drivers/memory/index.ts';
import type { Store } from '../storage/index.ts';

type Options = Omit<CacheOptions, 'store'> & { readonly maxBytes?: number };

/** Answers everything with a promise, as a store on another machine does. */
function asynchronous(store: Store): Store {
  return {
    find: async (key) => await store.find(key),
    write: (key, body, options) => store.write(key, body, options),
    missing: async (keys) => await store.missing(keys),
    touch: (keys) => store.touch(keys),
    dropDamaged: (key, generation) => store.dropDamaged(key, generation),
    setReferences: (key, generation, named) => store.setReferences(key, generation, named),
    purge: (selection, options) => store.purge(selection, options),
    usage: async () => await store.usage(),
    close: () => store.close(),
  };
}

/** Runs over both drivers, and over one that answers with promises. */
export function onEachStore(
  name: string,
  options: Options,
  run: (cache: Cache, store: Store, dir: string) => Promise<void>,
): void {
  test(`${name} (memory)`, async () => {
    const store = createMemoryStore({ maxBytes: options.maxBytes ?? 0 });
    await run(createCache({ ...options, store }), store, '');
  });
  if (!name.includes('without a promise')) {
    test(`${name} (asynchronous)`, async () => {
      const store = asynchronous(createMemoryStore({ maxBytes: options.maxBytes ?? 0 }));
      await run(createCache({ ...options, store }), store, '');
    });
  }
  test(`${name} (embedded)`, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'memobuild-cache-'));
    try {
      const store = await openEmbeddedStore({ dir, maxBytes: options.maxBytes ?? 0 });
      const cache = createCache({ ...options, store });
      await run(cache, store, dir);
      await cache.close();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

/** For `assert.rejects`. */
export function withCode(code: CacheErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof CacheError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
