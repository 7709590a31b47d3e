import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSha256 } from '../../core/index.ts';
import type { EntryKey, Store } from '../store.ts';
import { isCacheError } from './is-cache-error.ts';
import { actionKey, patient, readEntry, readStream, sampleBlob } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** Reading: ranges, readers that outlive their entry, damage. */
export function streamCases(store: () => Store, factory: StoreFactory): void {
  describe('reading', () => {
    for (const sizeBytes of [10, 20_000, 1_000_000]) readerCases(store, factory, sizeBytes);

    test('drops a damaged entry once, and only that generation', async () => {
      const key = actionKey('damaged');
      const old = await store().write(key, Buffer.from('old'), { signal: patient });
      const current = await store().write(key, Buffer.from('new'), { signal: patient });
      const before = (await store().usage()).damagedEntries;
      assert.equal(await store().dropDamaged(key, old.generation), false);
      assert.equal((await readEntry(store(), key))?.toString(), 'new');
      assert.equal(await store().dropDamaged(key, current.generation), true);
      assert.equal(await store().dropDamaged(key, current.generation), false);
      assert.equal((await store().find(key)).kind, 'miss');
      assert.equal((await store().usage()).damagedEntries, before + 1);
    });

    test('refuses to open for who has gone', async () => {
      const { key, bytes } = sampleBlob(1_000_000);
      await store().write(key, bytes, { signal: patient });
      const found = await store().find(key);
      assert(found.kind === 'hit');
      if (found.bytes !== undefined) return;
      await assert.rejects(found.open({ signal: AbortSignal.abort() }), (error) =>
        isCacheError(error, 'aborted'),
      );
    });
  });
}

function readerCases(store: () => Store, factory: StoreFactory, sizeBytes: number): void {
  test(`streams ${sizeBytes} bytes from any offset`, async () => {
    const { key, bytes } = sampleBlob(sizeBytes);
    await store().write(key, bytes, { signal: patient });
    const found = await store().find(key);
    assert(found.kind === 'hit');
    for (const offset of [0, 1, sizeBytes - 1, sizeBytes]) {
      assert.deepEqual(await readStream(found, offset), bytes.subarray(offset));
    }
  });

  for (const gone of ['replaced', 'purged'] as const) {
    test(`reads ${sizeBytes} bytes to the end, ${gone} meanwhile`, async () => {
      const key = actionKey(`read while ${gone} ${sizeBytes}`);
      const bytes = randomBytes(sizeBytes);
      await store().write(key, bytes, { signal: patient });
      const found = await store().find(key);
      assert(found.kind === 'hit');
      const source = await found.open({ signal: patient });
      const chunks: Uint8Array[] = [];
      if (gone === 'replaced') {
        await store().write(key, randomBytes(sizeBytes), { signal: patient });
      } else {
        await store().purge({ what: 'key', key }, { signal: patient });
      }
      for await (const chunk of source) {
        chunks.push(chunk);
        await sleep(1);
      }
      assert.deepEqual(Buffer.concat(chunks), bytes);
    });
  }

  test(`leaves nothing open when ${sizeBytes} bytes are not read to the end`, async () => {
    const { key, bytes } = sampleBlob(sizeBytes);
    await store().write(key, bytes, { signal: patient });
    for (const how of ['return at once', 'break', 'abort']) {
      const found = await store().find(key);
      assert(found.kind === 'hit');
      const controller = new AbortController();
      const source = await found.open({ signal: controller.signal });
      if (how === 'return at once') await source[Symbol.asyncIterator]().return?.();
      if (how === 'abort') controller.abort();
      if (how === 'break') for await (const chunk of source) if (chunk.byteLength > 0) break;
    }
    assert.equal(await factory.leftovers(store()), 0);
  });
}

/**
 * For drivers that keep large bodies out of memory: streams `sizeBytes` in and out and looks at the
 * memory of the process meanwhile.
 */
export async function assertFlatMemory(store: Store, sizeBytes: number): Promise<void> {
  const piece = randomBytes(64 * 1024);
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += piece.byteLength) hash.update(piece);
  const sha256 = parseSha256(hash.digest('hex'));
  assert(sha256 !== undefined);
  const key: EntryKey = { space: 'cas', hash: sha256 };
  const startBytes = process.memoryUsage.rss();
  let peakBytes = startBytes;
  const look = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sizeBytes; at += piece.byteLength) {
      look();
      yield Buffer.from(piece);
    }
  }
  await store.write(key, source(), { signal: patient });
  const found = await store.find(key);
  assert(found.kind === 'hit');
  let readBytes = 0;
  for await (const chunk of await found.open({ signal: patient })) {
    readBytes += chunk.byteLength;
    look();
  }
  assert.equal(readBytes, sizeBytes);
  assert(
    peakBytes - startBytes < sizeBytes / 2,
    `memory grew by ${peakBytes - startBytes} bytes for a body of ${sizeBytes}`,
  );
}
