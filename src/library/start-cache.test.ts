import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { storeDrivers } from '../storage/drivers/index.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { CacheStartError, type StartCacheOptions } from './cache-options.ts';
import { startCache } from './start-cache.ts';

for (const where of ['this', 'own'] as const) {
  describe(`a cache in ${where} process`, () => {
    test('serves on a free port, and leaves nothing behind when it is disposed of', async () => {
      const cache = await startCache({ process: where, redisPort: 0 });
      try {
        assert.equal(cache.url, `http://127.0.0.1:${cache.port}`);
        assert.ok(cache.port > 0 && cache.otherPorts.redis! > 0, 'ports are known');
        assert.ok(existsSync(cache.dir));
        const url = `${cache.url}/blobs/default/key`;
        assert.ok((await fetch(url, { method: 'PUT', body: 'the bytes' })).ok);
        assert.equal(await (await fetch(url)).text(), 'the bytes');
      } finally {
        await cache[Symbol.asyncDispose]();
      }
      await assert.rejects(fetch(cache.url), 'nobody listens any more');
      assert.equal(existsSync(cache.dir), false, 'the temporary directory is gone');
      await cache.close();
    });

    test('keeps a directory that it was given, and what it stored there', async (t) => {
      const dir = join(await tempDir(t), 'store');
      const first = await startCache({ process: where, dir });
      await fetch(`${first.url}/blobs/default/key`, { method: 'PUT', body: 'kept' });
      await first.close();
      const second = await startCache({ process: where, dir });
      t.after(() => second.close());
      assert.equal(await (await fetch(`${second.url}/blobs/default/key`)).text(), 'kept');
    });

    test('a signal aborts the start, and ends a cache that runs', async () => {
      const reason = new Error('enough');
      const early = AbortSignal.abort(reason);
      const isReason = (error: unknown): boolean => error === reason;
      await assert.rejects(startCache({ process: where, signal: early }), isReason);
      const later = new AbortController();
      const starting = startCache({ process: where, signal: later.signal });
      setImmediate(() => later.abort(reason));
      await assert.rejects(starting, isReason);
      const last = new AbortController();
      const cache = await startCache({ process: where, signal: last.signal });
      last.abort();
      await cache.close();
      await assert.rejects(fetch(cache.url));
    });

    test('says what is wrong with an option, a port that is taken, a path that is not a directory', async (t) => {
      const server = createServer().listen(0, '127.0.0.1');
      t.after(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as { port: number };
      const refused = async (options: object, code: string, message: RegExp): Promise<void> => {
        await assert.rejects(startCache({ process: where, ...options }), (error) => {
          assert.ok(error instanceof CacheStartError, String(error));
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        });
      };
      await refused({ maxSize: 'much' }, 'bad_option', /--max-size must be .*got "much"/);
      await refused({ port }, 'not_started', /EADDRINUSE/);
      await refused({ dir: '/dev/null/store' }, 'not_started', /can't start/);
    });
  });
}

test('the stores that its type names are the drivers that need nothing but this machine', () => {
  const named: Record<NonNullable<StartCacheOptions['store']>, true> = {
    embedded: true,
    memory: true,
  };
  const drivers = storeDrivers.flatMap(({ name, sharedBy }) =>
    sharedBy === 'machines' ? [] : [name],
  );
  assert.deepEqual(Object.keys(named).sort(), drivers.sort());
});
