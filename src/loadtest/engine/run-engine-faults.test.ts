import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailureKind } from '../../protocols/shared/load-client.ts';
import type { Fault } from '../../testing/faulty-cache/index.ts';
import { measureFaultyCache } from '../../testing/measure-faulty-cache.ts';
import type { ResolvedConfig } from '../config/config.ts';

describe('what a cache does wrong has its name, and is counted as often as it happened', () => {
  const faults: readonly { fault: Fault; kind: FailureKind; more?: Partial<ResolvedConfig> }[] = [
    { fault: { kind: 'status', status: 500, share: 0.2, methods: ['GET'] }, kind: 'http_5xx' },
    { fault: { kind: 'status', status: 429, share: 0.2, methods: ['GET'] }, kind: 'http_4xx' },
    { fault: { kind: 'flip-byte', share: 0.05 }, kind: 'integrity' },
    { fault: { kind: 'other-bytes', share: 0.05 }, kind: 'integrity' },
    { fault: { kind: 'truncate', how: 'short', share: 0.05 }, kind: 'integrity' },
    { fault: { kind: 'truncate', how: 'close', share: 0.05 }, kind: 'reset' },
    {
      fault: { kind: 'reset', when: 'before-answer', share: 0.05, methods: ['GET'] },
      kind: 'reset',
    },
    { fault: { kind: 'reset', when: 'in-body', share: 0.05 }, kind: 'reset' },
    { fault: { kind: 'garbage', share: 0.05, methods: ['GET'] }, kind: 'protocol' },
    {
      fault: { kind: 'never-answer', share: 0.01, methods: ['GET'] },
      kind: 'timeout',
      more: { timeoutSecs: 0.5 },
    },
  ];
  for (const { fault, kind, more } of faults) {
    test(`${fault.kind}${'how' in fault ? ` (${fault.how})` : ''}: ${kind}`, async (t) => {
      // The probe comes first, and is to be answered well.
      const { cache, measured } = await measureFaultyCache(t, [{ ...fault, afterLookups: 1 }], {
        config: more ?? {},
      });
      const { injected } = await cache.counts();
      const { totals } = measured;
      assert.ok(injected[fault.kind].GET > 0, 'the fault happened');
      assert.equal(totals.failures[kind], injected[fault.kind].GET);
      assert.equal(totals.failed, totals.failures[kind]);
      assert.equal(totals.total, 800);
      // Wrong bytes are a hit all the same; the others came instead of an answer.
      const answered = kind === 'integrity' ? totals.total : totals.total - totals.failed;
      assert.equal(totals.hits + totals.misses, answered);
      assert.ok(
        measured.notes.some((note) => note.startsWith(`first ${kind} (run): `)),
        measured.notes.join('; '),
      );
    });
  }

  test('retries: what a second try mends is not a failure, and is counted', async (t) => {
    const { cache, measured } = await measureFaultyCache(
      t,
      [{ kind: 'status', status: 503, share: 0.2, methods: ['GET'], afterLookups: 1 }],
      { config: { retries: 10 } },
    );
    const { injected } = await cache.counts();
    assert.equal(measured.totals.failed, 0);
    assert.equal(measured.totals.retries, injected.status.GET);
  });

  test('failed stores of the warm-up are counted, and their keys never drawn', async (t) => {
    const { measured } = await measureFaultyCache(
      t,
      [{ kind: 'status', status: 507, share: 0.5, methods: ['PUT'] }],
      { config: { cacheHitRatioTarget: 1 } },
    );
    const { warmup, totals } = measured;
    assert.equal(warmup.stored + warmup.failed, 100);
    assert.ok(warmup.failed > 20 && warmup.failures.http_5xx === warmup.failed);
    assert.deepEqual([totals.hits, totals.failed], [800, 0]);
  });

  test('a cache that dies: the run goes on to its end and says how', async (t) => {
    const { measured } = await measureFaultyCache(t, [{ kind: 'die', afterLookups: 200 }], {
      config: {
        requestsPerClient: 200,
      },
    });
    const { totals, stopReason } = measured;
    assert.ok(totals.successful > 0);
    assert.ok(totals.failures.refused > 0);
    assert.equal(totals.failed, totals.failures.refused + totals.failures.reset);
    // Each client that got no connection waited before it tried again.
    const { backOffs, backOffMs } = measured.connections;
    assert.ok(Math.abs(backOffs - totals.failures.refused) <= 8, `${backOffs}`);
    assert.ok(backOffMs >= 5 * backOffs, `${backOffMs}`);
    assert.equal(stopReason, 'requests');
  });
});

test('Ctrl-C while what was stored is removed ends that soon, and the run keeps its end', async (t) => {
  const faults: readonly Fault[] = [{ kind: 'never-answer', methods: ['DELETE'] }];
  const startedMs = performance.now();
  const { measured } = await measureFaultyCache(t, faults, {
    config: { requestsPerClient: 5, workers: 2 },
    interruptIn: 'cleaning',
    interruptAfterMs: 0,
  });
  const { stopReason, generator, cleanup, totals } = measured;
  assert.equal(stopReason, 'requests');
  assert.equal(totals.total, 40);
  assert.deepEqual(generator.lostWorkers, []);
  assert.ok(cleanup.failed > 0);
  // The bound of a clean-up that nobody interrupts is 30 s.
  assert.ok(performance.now() - startedMs < 20_000);
});

describe('acknowledged writes', () => {
  test('those that were dropped are found lost, each once, when all are asked for again', async (t) => {
    const { cache, measured } = await measureFaultyCache(t, [{ kind: 'drop-write', share: 0.05 }], {
      config: {
        cacheHitRatioTarget: 0,
        rereadShare: 1,
        workers: 2,
      },
    });
    const { injected } = await cache.counts();
    const { totals, writes } = measured;
    assert.ok(injected['drop-write'].PUT > 10);
    assert.deepEqual(writes, {
      acknowledged: 800,
      reread: 800,
      lost: injected['drop-write'].PUT,
      evicted: 0,
    });
    assert.equal(totals.failures.lost, writes.lost);
    assert.equal(totals.misses, 800);
  });

  test('a share is asked for again', async (t) => {
    const { writes } = (
      await measureFaultyCache(t, [], { config: { cacheHitRatioTarget: 0, rereadShare: 0.25 } })
    ).measured;
    assert.ok(writes.reread > 130 && writes.reread < 270, `${writes.reread} of 800`);
    assert.equal(writes.lost, 0);
  });

  test('a key of the working set that is gone is a lost write, once, though many ask for it', async (t) => {
    // Half of the warm-up's writes are dropped; later ones, stored again after a miss, are too.
    const { cache, measured } = await measureFaultyCache(t, [{ kind: 'drop-write', share: 0.5 }], {
      config: {
        cacheHitRatioTarget: 1,
        numClients: 16,
        keys: { kind: 'uniform' },
      },
    });
    const { totals, writes } = measured;
    const { injected } = await cache.counts();
    assert.ok(writes.lost > 20);
    assert.ok(writes.lost <= injected['drop-write'].PUT, 'no write is lost twice');
    assert.equal(totals.failures.lost, writes.lost);
    assert.equal(totals.hits + totals.misses, totals.total);
    assert.ok(totals.misses >= writes.lost);
  });

  test('what comes back changed is lost too', async (t) => {
    const { measured } = await measureFaultyCache(t, [{ kind: 'flip-byte', share: 1 }], {
      config: {
        cacheHitRatioTarget: 0,
        rereadShare: 1,
        requestsPerClient: 20,
      },
    });
    assert.equal(measured.writes.lost, 160);
  });
});
