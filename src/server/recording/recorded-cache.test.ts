import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cache, createCache } from '../../cache/index.ts';
import { sha256Of } from '../../core/index.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import type { EntryKey } from '../../storage/index.ts';
import { callerOf } from '../../testing/caller.ts';
import { type RecordedOperation, recordedCache } from './recorded-cache.ts';

const { signal } = new AbortController();
const bytes = Buffer.from('some bytes');
const blob: EntryKey = { space: 'cas', hash: sha256Of(bytes) };
const entry: EntryKey = { space: 'ac', namespace: 'team', key: 'k'.repeat(64) };

test('every request and its answer is recorded once', async () => {
  const { cache, operations } = recorded();
  await cache.get(entry, callerOf('team'));
  await cache.put(entry, callerOf('team'), bytes, { signal, opaque: true });
  await cache.get(entry, callerOf('team'));
  await cache.head(entry, callerOf('team'));
  await cache.put(blob, callerOf('team'), bytes, { signal });
  await cache.missing([blob, { space: 'cas', hash: sha256Of('another') }], callerOf());
  await cache.purge({ what: 'key', key: entry }, callerOf(), { signal });
  await cache.purge({ what: 'key', key: entry }, callerOf(), { signal });
  await cache.purge({ what: 'namespace', namespace: 'team' }, callerOf(), { signal });
  assert.deepEqual(
    operations.map(({ op, answer, sizeBytes }) => [op, answer, sizeBytes]),
    [
      ['read', 'miss', undefined],
      ['write', 'stored', bytes.length],
      ['read', 'hit', bytes.length],
      ['exists', 'hit', bytes.length],
      ['write', 'stored', bytes.length],
      ['find', 'hit', undefined],
      ['find', 'miss', undefined],
      ['delete', 'removed', undefined],
      ['delete', 'miss', undefined],
      ['purge', 'miss', undefined],
    ],
  );
  for (const { startedMs, durationMs } of operations) {
    assert.ok(durationMs >= 0 && startedMs + durationMs <= performance.now());
  }
});

test('a refusal and a failure are recorded with their code, and reach the caller', async () => {
  const { cache, operations } = recorded();
  const wrong: EntryKey = { space: 'cas', hash: sha256Of('other') };
  await assert.rejects(cache.put(wrong, callerOf(), bytes, { signal }), {
    code: 'digest_mismatch',
  });
  await cache.put(entry, callerOf('team'), bytes, { signal, opaque: true });
  const again = cache.put(entry, callerOf('team'), bytes, { signal, opaque: true, ifAbsent: true });
  await assert.rejects(again, { code: 'exists' });
  const gone = AbortSignal.abort();
  await assert.rejects(cache.put(wrong, callerOf(), slowly(), { signal: gone }));
  assert.deepEqual(
    operations.map(({ answer }) => answer),
    ['refused', 'stored', 'exists', 'failed'],
  );
  assert.equal(operations[0]!.code, 'digest_mismatch');
});

test('a body of unknown size is counted as it passes', async () => {
  const { cache, operations } = recorded();
  await cache.put(entry, callerOf('team'), slowly(), { signal, opaque: true });
  assert.equal(operations[0]!.sizeBytes, 3000);
});

test('an answer that was there at once still is', () => {
  const operations: RecordedOperation[] = [];
  const miss = { kind: 'miss' } as const;
  const quick = { get: () => miss, missing: () => [true] } as unknown as Cache;
  const cache = recordedCache(quick, (operation) => operations.push(operation));
  assert.equal(cache.get(entry, callerOf()), miss);
  assert.deepEqual(cache.missing([entry], callerOf()), [true]);
  assert.equal(operations.length, 2);
});

function recorded(): { cache: Cache; operations: RecordedOperation[] } {
  const operations: RecordedOperation[] = [];
  const cache = createCache({ store: createMemoryStore({ maxBytes: 2 ** 20 }) });
  return { cache: recordedCache(cache, (operation) => operations.push(operation)), operations };
}

async function* slowly(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let n = 0; n < 3; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.alloc(1000, n);
  }
}
