import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { emptySha256, sha256Of } from '../../core/index.ts';
import type { BlobKey, EntryInfo, EntryKey, NamedBlobs, Store } from '../store.ts';
import { isCacheError } from './is-cache-error.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob, sizesBytes } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** Writing: all or nothing, verified, and found again. */
export function writeCases(store: () => Store, factory: StoreFactory): void {
  describe('writing', () => {
    for (const sizeBytes of sizesBytes) bodyCases(store, sizeBytes);
    entryCases(store);
    referenceCases(store);
    wholenessCases(store);
    keyCases(store, factory);
    digestCases(store);
  });
}

function bodyCases(store: () => Store, sizeBytes: number): void {
  test(`finds ${sizeBytes} bytes again, written whole`, async () => {
    const { key, bytes, hash } = sampleBlob(sizeBytes);
    assert.deepEqual(await store().find(key), { kind: 'miss' });
    const info = await store().write(key, bytes, { signal: patient });
    assert.equal(info.sizeBytes, sizeBytes);
    assert.equal(info.sha256, hash);
    assert.deepEqual(await readEntry(store(), key), bytes);
  });

  for (const announced of [true, false]) {
    const how = announced ? 'with its size announced' : 'of unknown size';
    test(`finds ${sizeBytes} bytes again, streamed ${how}`, async () => {
      const { key, bytes } = sampleBlob(sizeBytes);
      const info = await store().write(key, inPieces(bytes, 7_000), {
        sizeBytes: announced ? sizeBytes : undefined,
        signal: patient,
      });
      assert.equal(info.sizeBytes, sizeBytes);
      assert.deepEqual(await readEntry(store(), key), bytes);
    });
  }

  test(`shows nothing of ${sizeBytes} bytes before they are whole`, async () => {
    const { key, bytes } = sampleBlob(sizeBytes);
    let seenInside: unknown;
    async function* watched(): AsyncGenerator<Uint8Array> {
      yield bytes;
      seenInside = (await store().find(key)).kind;
    }
    await store().write(key, watched(), { signal: patient });
    assert.equal(seenInside, 'miss');
    assert.deepEqual(await readEntry(store(), key), bytes);
  });
}

/** What an entry reports about itself. */
function entryCases(store: () => Store): void {
  test('takes an empty body', async () => {
    for (const key of [
      actionKey('empty'),
      { space: 'cas', hash: emptySha256 } satisfies EntryKey,
    ]) {
      const info = await store().write(key, inPieces(Buffer.alloc(0), 1), { signal: patient });
      assert.equal(info.sizeBytes, 0);
      assert.deepEqual(await readEntry(store(), key), Buffer.alloc(0));
    }
  });

  test('returns what it knows about an entry', async () => {
    const bytes = Buffer.from('an action result that names two blobs');
    const named = [sampleBlob(10).digest, sampleBlob(10).digest];
    const key = actionKey('info');
    const written = await store().write(key, bytes, {
      references: (whole) => {
        assert.deepEqual(Buffer.from(whole), bytes);
        return { digests: named, isComplete: true };
      },
      signal: patient,
    });
    const found = await store().find(key);
    assert(found.kind === 'hit');
    // References are compared by what they hold: those of a lookup may also say what it saw.
    assert.deepEqual({ ...found.info, references: 0 }, { ...written, references: 0 });
    assertReferences(written, { digests: named, isComplete: true });
    assert.equal(found.info.sha256, sha256Of(bytes));
    assertReferences(found.info, { digests: named, isComplete: true });
    assert(Math.abs(Date.now() - found.info.storedAtMs) < 60_000);
  });

  test('replaces an entry, and its generation', async () => {
    const key = actionKey('replaced');
    const first = await store().write(key, Buffer.from('first'), { signal: patient });
    for (const next of [randomBytes(300_000), Buffer.from('third'), Buffer.from('third')]) {
      const info = await store().write(key, next, { signal: patient });
      assert.notEqual(info.generation, first.generation);
      assert.deepEqual(await readEntry(store(), key), next);
    }
  });
}

/** What an entry names. */
function referenceCases(store: () => Store): void {
  test('keeps the references of a body that outgrows the index', async () => {
    const bytes = randomBytes(300_000);
    const named = [sampleBlob(10).digest];
    const key = actionKey('large with references');
    await store().write(key, inPieces(bytes, 10_000), {
      references: () => ({ digests: named, isComplete: false }),
      signal: patient,
    });
    const found = await store().find(key);
    assert(found.kind === 'hit');
    assertReferences(found.info, { digests: named, isComplete: false });
    assert.deepEqual(await readEntry(store(), key), bytes);
  });

  test('replaces what is known of the blobs that an entry names, and nothing else of it', async () => {
    const key = actionKey('named later');
    const bytes = randomBytes(100);
    const { generation } = await store().write(key, bytes, { signal: patient });
    const named = Array.from({ length: 300 }, () => sampleBlob(10).digest);
    for (const [digests, isComplete] of [
      [named, false],
      [named.slice(1), true],
      [[], true],
    ] as const) {
      assert.equal(await store().setReferences(key, generation, { digests, isComplete }), true);
      const found = await store().find(key);
      assert(found.kind === 'hit');
      assertReferences(found.info, { digests, isComplete });
      assert.equal(found.info.generation, generation);
      assert.deepEqual(await readEntry(store(), key), bytes);
    }
    await store().write(key, bytes, { signal: patient });
    const late = { digests: named, isComplete: true };
    assert.equal(await store().setReferences(key, generation, late), false);
    assert.equal(await store().setReferences(actionKey('absent'), generation, late), false);
  });
}

/** What a lookup reports about the blobs that an entry names. */
function wholenessCases(store: () => Store): void {
  test('says nothing but the truth of whether all that an entry names is there', async () => {
    const blobs = [sampleBlob(10), sampleBlob(90_000)];
    const key = actionKey('named and there');
    const digests = blobs.map(({ digest }) => digest);
    await store().write(key, Buffer.from('result'), {
      references: () => ({ digests, isComplete: true }),
      signal: patient,
    });
    const check = async (areThere: boolean): Promise<void> => {
      const found = await store().find(key);
      assert(found.kind === 'hit');
      const { areAllThere } = found.info.references;
      assert(areAllThere === undefined || areAllThere === areThere, `${areAllThere}`);
    };
    await check(false);
    for (const blob of blobs) await store().write(blob.key, blob.bytes, { signal: patient });
    await check(true);
    await store().purge({ what: 'key', key: blobs[0]!.key }, { signal: patient });
    await check(false);
  });
}

/** Which entry a key stands for, with many of them and with many writers. */
function keyCases(store: () => Store, factory: StoreFactory): void {
  test('keeps namespaces, spaces and odd keys apart', async () => {
    const { hash } = sampleBlob(1);
    const keys: EntryKey[] = [
      actionKey('a', 'x'),
      actionKey('a', 'y'),
      actionKey('a', ''),
      actionKey('', 'x'),
      actionKey(hash),
      actionKey('xa', ''),
      actionKey('é'),
      actionKey('e\u0301'),
      actionKey('🙂'),
      actionKey('\ud83d'),
      actionKey('\ude42'),
      actionKey('\ufffd'),
      actionKey('../../etc/passwd'),
      actionKey('a\0b'),
      actionKey('k'.repeat(511)),
      actionKey('k'.repeat(512)),
      actionKey('k'.repeat(513)),
      actionKey('k'.repeat(100_000)),
      actionKey(`${'k'.repeat(100_000)}l`),
      actionKey('a', 'n/m'),
      actionKey('a', 'ñ'),
    ];
    await Promise.all(
      keys.map((key, index) =>
        store().write(key, Buffer.from(`value ${index}`), { signal: patient }),
      ),
    );
    for (const [index, key] of keys.entries()) {
      assert.equal((await readEntry(store(), key))?.toString(), `value ${index}`);
    }
  });

  test('answers for many keys at once which are missing', async () => {
    const present = [sampleBlob(10), sampleBlob(90_000)];
    for (const { key, bytes } of present) await store().write(key, bytes, { signal: patient });
    const keys = [sampleBlob(16).key, present[0]!.key, sampleBlob(16).key, present[1]!.key];
    assert.deepEqual(await store().missing(keys), [true, false, true, false]);
    assert.deepEqual(await store().missing([]), []);
  });

  test('lets concurrent writers of one key each succeed, and one win', async () => {
    const key = actionKey('contended');
    const bodies = Array.from({ length: 20 }, (_, index) => randomBytes(10 + index * 9_000));
    await Promise.all(
      bodies.map((body) => store().write(key, inPieces(body, 4_000), { signal: patient })),
    );
    const winner = await readEntry(store(), key);
    assert(bodies.some((body) => winner?.equals(body)));
    assert.equal(await factory.leftovers(store()), 0);
  });
}

/** A digest is a hash and a size. */
function digestCases(store: () => Store): void {
  test('takes the size for a part of a digest', async () => {
    for (const sizeBytes of [10, 90_000]) {
      const { bytes, hash } = sampleBlob(sizeBytes);
      const right: BlobKey = { space: 'cas', hash, sizeBytes };
      const wrong: BlobKey = { ...right, sizeBytes: sizeBytes + 1 };
      for (const body of [bytes, inPieces(bytes, 7_000)]) {
        await assert.rejects(store().write(wrong, body, { signal: patient }), (error) =>
          isCacheError(error, 'size_mismatch'),
        );
      }
      assert.deepEqual(await store().missing([right]), [true]);
      await store().write(right, bytes, { signal: patient });
      assert.deepEqual(await store().missing([right, wrong]), [false, true]);
      assert.equal((await store().find(wrong)).kind, 'miss');
      assert.deepEqual(await readEntry(store(), right), bytes);
      assert.deepEqual(await readEntry(store(), { space: 'cas', hash }), bytes);
    }
  });
}

function assertReferences({ references }: EntryInfo, { digests, isComplete }: NamedBlobs): void {
  const keys = digests.map((digest) => ({ space: 'cas', ...digest }) as const);
  assert.equal(references.isComplete, isComplete);
  assert.equal(references.count, keys.length);
  assert.deepEqual(references.keys(0, keys.length), keys);
  assert.deepEqual(references.keys(1, 3), keys.slice(1, 3));
}
