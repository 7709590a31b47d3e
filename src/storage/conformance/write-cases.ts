import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { CacheError, type CacheErrorCode, emptySha256, sha256Of } from '../../core/index.ts';
import type { EntryKey, Store } from '../store.ts';
import { actionKey, inPieces, patient, readEntry, sampleBlob } from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** Small enough for any index, and too large for it. */
const sizes = [16, 1_000, 20_000, 300_000];

/** Writing: all or nothing, verified, and found again. */
export function writeCases(store: () => Store, factory: StoreFactory): void {
  describe('writing', () => {
    for (const sizeBytes of sizes) {
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

    test('tells what it knows of an entry', async () => {
      const bytes = Buffer.from('an action result that names two blobs');
      const named = [sampleBlob(10).hash, sampleBlob(10).hash];
      const key = actionKey('info');
      const written = await store().write(key, bytes, {
        references: (whole) => {
          assert.deepEqual(Buffer.from(whole), bytes);
          return named;
        },
        signal: patient,
      });
      const found = await store().find(key);
      assert(found.kind === 'hit');
      assert.deepEqual({ ...found.info }, { ...written });
      assert.equal(found.info.sha256, sha256Of(bytes));
      assert.deepEqual(found.info.references, named);
      assert(Math.abs(Date.now() - found.info.storedAtMs) < 60_000);
    });

    test('keeps the references of a body that outgrows the index', async () => {
      const bytes = randomBytes(300_000);
      const named = [sampleBlob(10).hash];
      const key = actionKey('large with references');
      await store().write(key, inPieces(bytes, 10_000), {
        references: () => named,
        signal: patient,
      });
      const found = await store().find(key);
      assert(found.kind === 'hit');
      assert.deepEqual(found.info.references, named);
      assert.deepEqual(await readEntry(store(), key), bytes);
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
  });

  describe('a write that fails leaves nothing', () => {
    for (const sizeBytes of sizes) {
      const cases: {
        name: string;
        code: CacheErrorCode;
        write(sample: ReturnType<typeof sampleBlob>): Promise<unknown>;
      }[] = [
        {
          name: 'wrong digest',
          code: 'digest_mismatch',
          write: ({ key, bytes }) =>
            store().write(key, inPieces(flipped(bytes), 5_000), { signal: patient }),
        },
        {
          name: 'wrong digest, written whole',
          code: 'digest_mismatch',
          write: ({ key, bytes }) => store().write(key, flipped(bytes), { signal: patient }),
        },
        {
          name: 'digest other than the one named',
          code: 'digest_mismatch',
          write: ({ hash, bytes }) =>
            store().write(actionKey(hash), inPieces(flipped(bytes), 5_000), {
              sha256: hash,
              signal: patient,
            }),
        },
        {
          name: 'shorter than announced',
          code: 'size_mismatch',
          write: ({ key, bytes }) =>
            store().write(key, inPieces(bytes, 5_000), {
              sizeBytes: sizeBytes + 1,
              signal: patient,
            }),
        },
        {
          name: 'longer than announced',
          code: 'size_mismatch',
          write: ({ key, bytes }) =>
            store().write(key, inPieces(bytes, 5_000), {
              sizeBytes: sizeBytes - 1,
              signal: patient,
            }),
        },
        {
          name: 'source breaks off',
          code: 'aborted',
          write: ({ key, bytes }) => store().write(key, breakingOff(bytes), { signal: patient }),
        },
        {
          name: 'aborted while the source hangs',
          code: 'aborted',
          write: async ({ key, bytes }) => {
            const controller = new AbortController();
            const writing = store().write(key, hanging(bytes), { signal: controller.signal });
            setTimeout(() => controller.abort(), 20);
            return await writing;
          },
        },
        {
          name: 'aborted before it begins',
          code: 'aborted',
          write: ({ key, bytes }) => store().write(key, bytes, { signal: AbortSignal.abort() }),
        },
      ];
      for (const { name, code, write } of cases) {
        test(`${sizeBytes} bytes, ${name}`, async () => {
          const sample = sampleBlob(sizeBytes);
          const before = await store().usage();
          await assert.rejects(write(sample), (error) => isCacheError(error, code));
          assert.equal((await store().find(sample.key)).kind, 'miss');
          assert.equal((await store().find(actionKey(sample.hash))).kind, 'miss');
          assert.deepEqual(await store().usage(), before);
          assert.equal(await factory.leftovers(store()), 0);
        });
      }
    }

    test('and keeps what was there', async () => {
      const key = actionKey('kept');
      await store().write(key, Buffer.from('old'), { signal: patient });
      await assert.rejects(
        store().write(key, inPieces(randomBytes(100_000), 9_000), {
          sizeBytes: 99_999,
          signal: patient,
        }),
        (error) => isCacheError(error, 'size_mismatch'),
      );
      assert.equal((await readEntry(store(), key))?.toString(), 'old');
    });
  });
}

export function isCacheError(error: unknown, code: CacheErrorCode): boolean {
  assert(error instanceof CacheError, `not a CacheError: ${String(error)}`);
  assert.equal(error.code, code);
  return true;
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.byteLength - 1;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function* breakingOff(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, Math.ceil(bytes.byteLength / 2));
  throw new Error('ECONNRESET');
}

async function* hanging(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, Math.ceil(bytes.byteLength / 2));
  await new Promise(() => {});
}
