import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { startFaultyCache } from '../../testing/faulty-cache/index.ts';
import {
  assertSums,
  engineConfig,
  measureFaultyCache,
} from '../../testing/measure-faulty-cache.ts';
import { startPlainCache } from '../../testing/start-plain-cache.ts';
import type { ResolvedConfig } from '../config/config.ts';
import { LoadTestError, type LoadTestErrorCode } from '../errors.ts';
import { mergeSeries } from '../metrics/merge-series.ts';
import { runEngine } from './run-engine.ts';

test('an honest cache: every operation once, hits and misses as the cache counted them', async (t) => {
  const { cache, measured } = await measureFaultyCache(t, [], {
    config: { workers: 2, requestsPerClient: 250 },
  });
  const { totals, warmup, stopReason, generator, cleanup, writes } = measured;
  const counts = await cache.counts();
  assert.equal(stopReason, 'requests');
  assert.deepEqual([totals.total, totals.successful, totals.failed], [2000, 2000, 0]);
  assert.equal(totals.hits + totals.misses, totals.total);
  // One lookup more: the probe for a key that cannot exist.
  assert.deepEqual([counts.hits, counts.misses], [totals.hits, totals.misses + 1]);
  assert.ok(Math.abs(totals.hits / totals.total - 0.75) < 0.04, `${totals.hits} hits`);
  assert.deepEqual([warmup.keys, warmup.stored, warmup.failed], [100, 100, 0]);
  assert.equal(warmup.storedBytes, 200_000);
  assert.deepEqual(
    [totals.readBytes, totals.writtenBytes],
    [totals.hits * 2000, totals.misses * 2000],
  );
  assert.equal(writes.acknowledged, totals.misses);
  assert.deepEqual([generator.workers, generator.lostWorkers], [2, []]);
  assert.ok(generator.calibration.beforeMs > 0 && generator.calibration.afterMs > 0);
  assert.ok(generator.cpuUsPerOperation > 0);
  assert.deepEqual(cleanup, { removable: true, removed: 100 + totals.misses, failed: 0 });
  assert.equal(counts.entries, 0, 'nothing was left behind');
});

test('the same seed asks for the same: hits, misses and bytes do not change', async (t) => {
  const more = { sizes: { kind: 'build-cache' }, numClients: 3, requestsPerClient: 50 } as const;
  const figures: unknown[] = [];
  for (const seed of [5, 5, 6]) {
    const { totals } = (await measureFaultyCache(t, [], { config: { ...more, seed } })).measured;
    figures.push([totals.hits, totals.misses, totals.readBytes]);
  }
  assert.deepEqual(figures[0], figures[1]);
  assert.notDeepEqual(figures[0], figures[2]);
});

for (const compressible of [0, 0.6]) {
  test(`a cache that compresses saves ${compressible} of what is stored where that is asked for`, async (t) => {
    const sums = { bytes: 0, compressed: 0 };
    const onStored = (body: Buffer): void => {
      sums.bytes += body.length;
      sums.compressed += deflateSync(body).length;
    };
    const cache = await startPlainCache(t, { onStored });
    const sizes = { kind: 'weighted', sizes: [{ sizeBytes: 64 * 1024, weight: 1 }] } as const;
    const change = { compressible, sizes, workingSetKeys: 10, requestsPerClient: 5 };
    const measured = await runEngine({
      config: engineConfig(cache.url, change),
      signal: new AbortController().signal,
    });
    assertSums(measured);
    assert.deepEqual([measured.warmup.stored, measured.totals.failed], [10, 0]);
    assert.ok(measured.totals.misses > 0);
    const saved = 1 - sums.compressed / sums.bytes;
    assert.ok(Math.abs(saved - compressible) < 0.05, `${saved}`);
  });
}

test("Bazel's two steps, with retries allowed and none needed", async (t) => {
  const { cache, measured } = await measureFaultyCache(t, [], {
    config: { protocol: 'bazel', retries: 2, rereadShare: 0.2 },
  });
  const { totals, cleanup, writes } = measured;
  assert.deepEqual([totals.total, totals.failed, totals.retries], [800, 0, 0]);
  assert.deepEqual([writes.lost, cleanup.removable], [0, false]);
  assert.ok(writes.reread > 0);
  // Two requests each: the result and the content.
  const counts = await cache.counts();
  assert.equal(counts.requests.PUT, 2 * (100 + totals.misses));
  assert.equal(counts.requests.GET, 2 * (totals.hits + writes.reread) + totals.misses + 1);
});

describe('a run ends', () => {
  test('at its time, with what was under way', async (t) => {
    const { measured } = await measureFaultyCache(t, [], {
      config: { durationSecs: 1, requestsPerClient: 0 },
    });
    assert.equal(measured.stopReason, 'duration');
    assert.ok(measured.durationMs >= 1000 && measured.durationMs < 5000);
    assert.ok(measured.windows.length >= 30);
    assert.ok(Math.abs(measured.windowMs - 1000 / 30) < 1e-9);
  });

  test('when it is interrupted, and says so', async (t) => {
    const before = performance.now();
    const { measured } = await measureFaultyCache(t, [], {
      config: { durationSecs: 60, requestsPerClient: 0 },
      interruptAfterMs: 1500,
    });
    assert.equal(measured.stopReason, 'interrupted');
    assert.ok(measured.totals.total > 0);
    assert.ok(performance.now() - before < 20_000);
  });

  test('with nothing left on the target, though operations hang or build when it is interrupted', async (t) => {
    const { cache, measured } = await measureFaultyCache(
      t,
      [{ kind: 'never-answer', share: 0.02, methods: ['GET'], afterLookups: 20 }],
      {
        config: { durationSecs: 60, requestsPerClient: 0, timeoutSecs: 30, buildTimeMs: 3000 },
        interruptAfterMs: 1000,
      },
    );
    assert.ok(measured.unfinished.count > 0);
    assert.equal(measured.unfinished.count, measured.totals.failures.timeout);
    assert.equal(measured.cleanup.failed, 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal((await cache.counts()).entries, 0);
  });

  test('when the next new key would take it past what it may store', async (t) => {
    const { measured } = await measureFaultyCache(t, [], {
      config: {
        requestsPerClient: 0,
        cacheHitRatioTarget: 0.5,
        maxStoredBytes: 400_000,
        workers: 2,
      },
    });
    const { warmup, totals, stopReason } = measured;
    assert.equal(stopReason, 'max_stored');
    assert.ok(warmup.storedBytes + totals.writtenBytes <= 400_000);
    assert.ok(warmup.storedBytes + totals.writtenBytes >= 396_000);
    assert.equal(totals.failed, 0);
  });

  test('without a worker that died, and with what the others did', async (t) => {
    const cache = await startFaultyCache(t, []);
    const measured = await runEngine({
      config: engineConfig(cache.url, { workers: 2, durationSecs: 1.5, requestsPerClient: 0 }),
      signal: new AbortController().signal,
      workerEntry: new URL('../../testing/mortal-load-worker.ts', import.meta.url),
    });
    assertSums(measured);
    assert.equal(measured.generator.lostWorkers.length, 1);
    assert.equal(measured.generator.lostWorkers[0]!.worker, 1);
    assert.match(measured.generator.lostWorkers[0]!.reason, /killed for the test/);
    assert.equal(measured.stopReason, 'duration');
    assert.ok(measured.totals.total > 0);
  });
});

describe('a run does not begin', () => {
  const refused = async (
    config: ResolvedConfig,
    message: RegExp,
    code: LoadTestErrorCode = 'no_target',
  ): Promise<void> => {
    await assert.rejects(
      runEngine({ config, signal: new AbortController().signal }),
      (error: unknown) => {
        assert.ok(error instanceof LoadTestError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      },
    );
  };

  test('where nobody listens', () =>
    refused(engineConfig('http://127.0.0.1:9'), /cannot be reached.*ECONNREFUSED/));

  test('where any key is answered with 200', async (t) => {
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => response.end('<html>welcome</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    await refused(engineConfig(`http://127.0.0.1:${port}`), /is not a cache/);
  });

  test('where lookups are refused', async (t) => {
    const cache = await startFaultyCache(t, [{ kind: 'status', status: 401, methods: ['GET'] }]);
    await refused(engineConfig(cache.url), /rejects a lookup.*401.*credentials/);
  });

  test('where no artifact may be stored', () =>
    refused(
      engineConfig('http://127.0.0.1:9', { maxStoredBytes: 1 }),
      /maxStoredBytes and workingSetBytesMax leave no room/,
      'no_room',
    ));

  test('where the warm-up can store nothing', async (t) => {
    const cache = await startFaultyCache(t, [{ kind: 'status', status: 403, methods: ['PUT'] }]);
    await refused(
      engineConfig(cache.url),
      /stored none of its 100 artifacts.*403/,
      'nothing_stored',
    );
  });
});

describe("a user's own scenario", () => {
  test('runs on this thread, with a connection and numbers of its own for each client', async (t) => {
    const cache = await startFaultyCache(t, []);
    const seen = new Map<number, number[]>();
    const measured = await runEngine({
      config: engineConfig(cache.url, { numClients: 3, requestsPerClient: 5, workers: 4 }),
      signal: new AbortController().signal,
      scenario: {
        name: 'own',
        execute: async ({ client, iteration, http, random }) => {
          assert.ok(random() < 1);
          seen.set(client, [...(seen.get(client) ?? []), iteration]);
          const { status } = await http.exchange({ method: 'GET', path: `/ac/${client}` });
          if (iteration === 4) throw new Error('a mistake in the scenario');
          if (iteration === 3) return { success: false, lookup: undefined, failure: 'integrity' };
          return { success: true, lookup: status === 200 ? 'hit' : 'miss', excludedMs: 0 };
        },
      },
    });
    assertSums(measured);
    assert.deepEqual(Object.fromEntries(seen), {
      0: [0, 1, 2, 3, 4],
      1: [0, 1, 2, 3, 4],
      2: [0, 1, 2, 3, 4],
    });
    const { totals, warmup, generator } = measured;
    assert.deepEqual([totals.total, totals.successful, totals.misses], [15, 9, 9]);
    assert.deepEqual([totals.failures.integrity, totals.failures.protocol], [3, 3]);
    assert.deepEqual([warmup.keys, generator.workers], [0, 1]);
    assert.ok(measured.notes.some((note) => note.includes('a mistake in the scenario')));
  });

  test('pauses count neither as latency nor against the timeout', async (t) => {
    const cache = await startFaultyCache(t, []);
    const measured = await runEngine({
      config: engineConfig(cache.url, { numClients: 2, requestsPerClient: 3, timeoutSecs: 0.3 }),
      signal: new AbortController().signal,
      scenario: {
        name: 'thinks',
        execute: async (context) => {
          await context.pause(500);
          await context.http.exchange({ method: 'GET', path: '/ac/1' });
          return { success: true, lookup: 'miss' };
        },
      },
    });
    assertSums(measured);
    assert.deepEqual([measured.totals.successful, measured.totals.total], [6, 6]);
    assert.ok(mergeSeries(measured.windows, ['miss'])!.maxValue < 300_000);
  });
});
