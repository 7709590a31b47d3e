import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cleanup } from '../../testing/cleanup.ts';
import { assertSums, type EngineChange, engineConfig } from '../../testing/measure-faulty-cache.ts';
import { type PlainCacheOptions, startPlainCache } from '../../testing/start-plain-cache.ts';
import type { OpenLoad, RateStage, ResolvedConfig } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import { mergeSeries } from '../metrics/merge-series.ts';
import { judge } from '../verdict/judge.ts';
import { runEngine } from './run-engine.ts';

async function measure(
  t: Cleanup,
  options: PlainCacheOptions,
  change: EngineChange,
): Promise<{ measured: Measurement; config: ResolvedConfig }> {
  const cache = await startPlainCache(t, options);
  const config = engineConfig(cache.url, { workingSetKeys: 20, ...change });
  const measured = await runEngine({ config, signal: new AbortController().signal });
  assertSums(measured);
  return { measured, config };
}

function openLoad(
  stages: readonly RateStage[],
  arrivals: OpenLoad['arrivals'] = 'poisson',
): Pick<ResolvedConfig, 'durationSecs' | 'load'> {
  const durationSecs = stages.reduce((sum, stage) => sum + stage.durationSecs, 0);
  const builds = { requestsPerClient: 0, repeatBuilds: false };
  return { durationSecs, load: { kind: 'open', stages, arrivals, maxInFlight: 5000, ...builds } };
}

const steady = (rate: number, durationSecs: number): RateStage => ({
  durationSecs,
  fromRate: rate,
  toRate: rate,
});

const medianMs = (measured: Measurement, ...series: Parameters<typeof mergeSeries>[1]): number =>
  mergeSeries(measured.windows, series)!.getValueAtPercentile(50) / 1000;

describe('connections of an open loop', () => {
  // By Little's law 200/s of 60 ms need 12.
  const load = { ...openLoad([steady(200, 2)]), cacheHitRatioTarget: 1, numClients: 2 };

  test('are opened as they are needed: no operation waits for the generator', async (t) => {
    const change = { ...load, maxConnections: 500 };
    const { measured, config } = await measure(t, { delayMs: 60 }, change);
    const { opened, busyMost, allBusyMs, stale } = measured.connections;
    assert.ok(opened >= 10, `${opened}`);
    assert.ok(busyMost >= 10 && busyMost <= opened, `${busyMost}`);
    assert.deepEqual([allBusyMs, stale, measured.totals.failed], [0, 0, 0]);
    assert.ok(medianMs(measured, 'hit') < 3 * medianMs(measured, 'service'));
    const check = judge(measured, config).generator.find(({ name }) => name === 'connections');
    assert.equal(check?.status, 'ok');
  });

  test('that are all busy are called the limit, and the target is not blamed', async (t) => {
    const change = { ...load, maxConnections: 2, timeoutSecs: 20 };
    const { measured, config } = await measure(t, { delayMs: 60 }, change);
    const { opened, allBusyMs } = measured.connections;
    assert.equal(opened, 2);
    assert.ok(allBusyMs > 1000, `${allBusyMs}`);
    assert.ok(medianMs(measured, 'hit') > 3 * medianMs(measured, 'service'), 'they waited');
    const { verdict, reasons } = judge(measured, config);
    assert.equal(verdict, 'VOID');
    assert.ok(reasons.some((reason) => reason.includes('the connections were the limit')));
  });

  test('are not held while a step is built', async (t) => {
    // Steps whose lookup was answered and whose store has not come are being built.
    let building = 0;
    let buildingMost = 0;
    const intercept: PlainCacheOptions['intercept'] = ({ method }) => {
      building += method === 'GET' ? 1 : method === 'PUT' ? -1 : 0;
      buildingMost = Math.max(buildingMost, building);
      return false;
    };
    const change = { cacheHitRatioTarget: 0, buildTimeMs: 400, numClients: 2, maxConnections: 2 };
    const { measured } = await measure(
      t,
      { intercept },
      { ...openLoad([steady(40, 1)]), ...change },
    );
    assert.deepEqual([measured.totals.total, measured.totals.failed], [40, 0]);
    // Held, two connections would let two steps be built at once, and the probe's lookup counts as one.
    assert.ok(buildingMost > 5, `${buildingMost} at once`);
  });
});

test('stages have figures of their own', async (t) => {
  const { measured } = await measure(
    t,
    { delayMs: 5 },
    {
      ...openLoad([steady(50, 1), steady(0, 0.5), steady(200, 1)]),
      cacheHitRatioTarget: 1,
      maxConnections: 100,
    },
  );
  const { byStage, bySize, byPhase } = measured.parts;
  assert.deepEqual(
    byStage.map(({ stage }) => stage),
    [0, 2],
  );
  const counts = byStage.map(({ response }) => response!.totalCount);
  assert.equal(counts[0]! + counts[1]!, 250);
  assert.ok(Math.abs(counts[0]! - 50) < 25, `${counts}`);
  assert.equal(byStage[1]!.service!.totalCount, counts[1]);
  assert.deepEqual(
    bySize.map(({ fromBytes, histogram }) => [fromBytes, histogram.totalCount]),
    [[1024, 250]],
  );
  assert.equal(byPhase.first_byte?.totalCount, 250);
  assert.ok(byPhase.first_byte!.getValueAtPercentile(50) >= 4000);
  assert.equal(byPhase.transfer?.totalCount, 250);
});

describe('clients of a closed loop', () => {
  test('begin one after another, and think between operations', async (t) => {
    const { measured } = await measure(
      t,
      {},
      { numClients: 4, durationSecs: 2, requestsPerClient: 0, rampUpSecs: 1, thinkMs: 100 },
    );
    const early = measured.windows.filter(({ endMs }) => endMs <= 260);
    const count = (windows: Measurement['windows']): number =>
      windows.reduce((sum, { counts }) => sum + counts.total, 0);
    assert.ok(count(early) <= 6, 'one client alone, that thinks');
    // 4 clients, at most one operation per 50 ms each.
    assert.ok(measured.totals.total <= 4 * 41, `${measured.totals.total}`);
    assert.ok(measured.totals.total >= 20, `${measured.totals.total}`);
    assert.equal(measured.totals.failed, 0);
    // The last of them begins after three quarters of the ramp-up.
    assert.equal(measured.sendingFromMs, 750);
    // The run ends with its last operation, which may be before its time is over.
    assert.equal(measured.sendingMs, Math.min(2000, measured.durationMs) - 750);
    for (const { endMs, sendingSuccessful } of measured.windows) {
      if (endMs <= 750) assert.equal(sendingSuccessful, 0);
    }
    assert.ok(measured.windows.some(({ sendingSuccessful }) => sendingSuccessful > 0));
  });

  test('that think for long do not hold up the end of the run', async (t) => {
    const { measured } = await measure(
      t,
      {},
      { numClients: 3, durationSecs: 0.5, requestsPerClient: 0, thinkMs: 3_000_000 },
    );
    assert.deepEqual([measured.totals.total, measured.unfinished.count], [3, 0]);
  });

  test('whose kept connection was closed unannounced do not fail, and are counted', async (t) => {
    const { measured } = await measure(
      t,
      {
        intercept: ({ socket }, number) => {
          if (number % 5 !== 0) return false;
          socket.end();
          return true;
        },
      },
      { numClients: 2, requestsPerClient: 50 },
    );
    assert.deepEqual([measured.totals.total, measured.totals.failed], [100, 0]);
    assert.ok(measured.connections.stale >= 20, `${measured.connections.stale}`);
  });
});

test('warm-up reads warm the target and are in no figure', async (t) => {
  const change = { numClients: 2, requestsPerClient: 20, warmupReadSecs: 0.5 };
  let lookups = 0;
  const intercept: PlainCacheOptions['intercept'] = ({ method }) => {
    if (method === 'GET') lookups += 1;
    return false;
  };
  const { measured } = await measure(t, { intercept }, change);
  assert.equal(measured.totals.total, 40);
  // One more is the probe.
  assert.ok(lookups > 40 + 1, `${lookups} lookups`);
  assert.equal(measured.parts.byPhase.first_byte!.totalCount, 40 + measured.totals.misses);
});
