import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CacheErrorCode } from '../../core/index.ts';
import type { Store } from '../store.ts';
import { isCacheError } from './is-cache-error.ts';
import {
  actionKey,
  inPieces,
  patient,
  readEntry,
  sampleBlob,
  sizesBytes,
  storedUsage,
} from './samples.ts';
import type { StoreFactory } from './store-factory.ts';

/** A write that fails leaves nothing behind, whatever made it fail. */
export function failedWriteCases(store: () => Store, factory: StoreFactory): void {
  describe('a write that fails leaves nothing', () => {
    for (const sizeBytes of sizesBytes) {
      const cases = [
        ...wrongDigests(store),
        ...wrongSizes(store, sizeBytes),
        ...brokenSources(store),
      ];
      for (const { name, code, write } of cases) {
        test(`${sizeBytes} bytes, ${name}`, async () => {
          const sample = sampleBlob(sizeBytes);
          const before = await storedUsage(store());
          await assert.rejects(write(sample), (error) => isCacheError(error, code));
          assert.equal((await store().find(sample.key)).kind, 'miss');
          assert.equal((await store().find(actionKey(sample.hash))).kind, 'miss');
          assert.deepEqual(await storedUsage(store()), before);
          assert.equal(await factory.leftovers(store()), 0);
        });
      }
    }

    test('and gives its room back', async () => {
      const deadlineMs = performance.now() + 30_000;
      while ((await store().usage()).reservedBytes > 0) {
        assert.ok(performance.now() < deadlineMs, 'room stays reserved');
        await sleep(50);
      }
    });

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

/** A write that must fail, and with which code. */
interface FailingWrite {
  readonly name: string;
  readonly code: CacheErrorCode;
  write(sample: ReturnType<typeof sampleBlob>): Promise<unknown>;
}

function wrongDigests(store: () => Store): FailingWrite[] {
  return [
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
  ];
}

function wrongSizes(store: () => Store, sizeBytes: number): FailingWrite[] {
  return [
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
  ];
}

function brokenSources(store: () => Store): FailingWrite[] {
  return [
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
