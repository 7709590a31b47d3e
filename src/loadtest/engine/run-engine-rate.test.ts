import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { measureFaultyCache } from '../../testing/measure-faulty-cache.ts';
import type { OpenLoad, ResolvedConfig } from '../config/config.ts';
import { mergeSeries } from '../metrics/merge-series.ts';

describe('an arrival rate', () => {
  const rate = (
    perSec: number,
    durationSecs: number,
    more: Partial<OpenLoad> = {},
  ): Partial<ResolvedConfig> => ({
    durationSecs,
    load: {
      kind: 'open',
      stages: [{ durationSecs, fromRate: perSec, toRate: perSec }],
      arrivals: 'constant',
      maxInFlight: 1000,
      requestsPerClient: 0,
      repeatBuilds: false,
      ...more,
    },
  });

  test('is kept, over two workers', async (t) => {
    const { measured } = await measureFaultyCache(t, [], {
      config: { ...rate(400, 2), workers: 2 },
    });
    assert.deepEqual([measured.scheduled, measured.totals.failed], [800, 0]);
    assert.equal(measured.stopReason, 'duration');
    assert.ok(measured.durationMs >= 1990 && measured.durationMs < 6000, `${measured.durationMs}`);
  });

  test('a cap on requests ends it early', async (t) => {
    const { measured } = await measureFaultyCache(t, [], {
      config: rate(400, 30, { requestsPerClient: 20 }),
    });
    assert.deepEqual([measured.scheduled, measured.stopReason], [160, 'requests']);
  });

  test('a stall of the server is charged to all that was due meanwhile', async (t) => {
    const stallMs = 2000;
    const { measured } = await measureFaultyCache(
      t,
      [{ kind: 'stall', forMs: stallMs, afterLookups: 300 }],
      {
        config: {
          ...rate(100, 8),
          numClients: 4,
        },
      },
    );
    const response = mergeSeries(measured.windows, ['hit', 'miss', 'timeout'])!;
    const service = mergeSeries(measured.windows, ['service'])!;
    assert.deepEqual([measured.totals.total, measured.totals.failed], [800, 0]);
    // 200 of 800 operations were due while it stalled, waiting from 2 s down to nothing.
    assert.ok(response.getValueAtPercentile(99) > 0.8 * stallMs * 1000);
    assert.ok(response.getValueAtPercentile(80) > 0.1 * stallMs * 1000);
    // Only the four connections' requests were with the server: 0.5 % of all.
    assert.ok(service.getValueAtPercentile(99) < 0.2 * stallMs * 1000);
    assert.ok(service.maxValue > 0.9 * stallMs * 1000);
    const lag = mergeSeries(measured.windows, ['send_lag'])!;
    assert.ok(lag.getValueAtPercentile(90) < 0.1 * stallMs * 1000, 'the generator was in time');
    assert.ok(Math.max(...measured.windows.map(({ inFlight }) => inFlight)) > 100);
    // All four connections were busy meanwhile.
    assert.ok(measured.connections.allBusyMs > 0.5 * stallMs);
  });

  test('what the in-flight cap turns away is dropped, and what never gets an answer times out', async (t) => {
    const { measured } = await measureFaultyCache(
      t,
      [{ kind: 'never-answer', methods: ['GET'], afterLookups: 1 }],
      {
        config: { ...rate(200, 2, { maxInFlight: 50 }), numClients: 5, timeoutSecs: 30 },
        interruptAfterMs: 2500,
      },
    );
    const { totals, unfinished, stopReason } = measured;
    assert.equal(totals.total, 400);
    assert.equal(totals.failures.dropped, 350);
    assert.equal(totals.failures.timeout, 50);
    assert.deepEqual([unfinished.count, stopReason], [50, 'interrupted']);
    assert.ok(unfinished.oldestAgeMs > 2000);
    const timeouts = mergeSeries(measured.windows, ['timeout'])!;
    assert.ok(timeouts.getValueAtPercentile(0) > 29_900_000, 'recorded at the bound');
  });

  test('operations that wait for a connection time out while they wait', async (t) => {
    const { measured } = await measureFaultyCache(
      t,
      [{ kind: 'never-answer', methods: ['GET'], afterLookups: 1 }],
      { config: { ...rate(100, 1), numClients: 2, timeoutSecs: 0.4 } },
    );
    assert.deepEqual([measured.totals.failures.timeout, measured.totals.total], [100, 100]);
    assert.equal(measured.unfinished.count, 0);
  });
});
