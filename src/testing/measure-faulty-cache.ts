import assert from 'node:assert/strict';
import type { ResolvedConfig } from '../loadtest/config/config.ts';
import type { Progress } from '../loadtest/engine/progress/progress.ts';
import { runEngine } from '../loadtest/engine/run-engine.ts';
import type { LatencySeries, Measurement } from '../loadtest/measurement.ts';
import { mergeSeries } from '../loadtest/metrics/merge-series.ts';
import type { Cleanup } from './cleanup.ts';
import { type Fault, type FaultyCache, startFaultyCache } from './faulty-cache/index.ts';

/**
 * A small, quick run against `url`: 8 clients of 100 operations, 2,000 bytes each, without rereads.
 */
export function engineConfig(
  url: string,
  { requestsPerClient = 100, numClients = 8, ...more }: EngineChange = {},
): ResolvedConfig {
  return {
    name: undefined,
    numClients,
    maxConnections: numClients,
    rampUpSecs: 0,
    thinkMs: 0,
    warmupReadSecs: 0,
    compressible: 0,
    durationSecs: 20,
    load: { kind: 'closed', requestsPerClient, repeatBuilds: false },
    cacheHitRatioTarget: 0.75,
    timeoutSecs: 5,
    keys: { kind: 'zipf', exponent: 0.99 },
    sizes: { kind: 'weighted', sizes: [{ sizeBytes: 2000, weight: 1 }] },
    workingSetKeys: 100,
    workingSetBytesMax: 2 ** 26,
    seed: 1,
    buildTimeMs: 0,
    rereadShare: 0,
    retries: 0,
    workers: 1,
    warmupTimeoutSecs: 20,
    maxStoredBytes: 2 ** 28,
    protocol: 'memobuild',
    instance: '',
    target: { kind: 'url', url, headers: {}, tls: { insecure: false } },
    ...more,
  };
}

/** What a test changes. */
export type EngineChange = Partial<ResolvedConfig> & {
  /** The number of clients of a closed loop. */
  readonly requestsPerClient?: number;
};

export interface MeasureOptions {
  readonly config?: EngineChange;
  /** Interrupts the run this long after a phase began: its measured part, or `interruptIn`. */
  readonly interruptAfterMs?: number;
  readonly interruptIn?: Progress['phase'];
}

/** Runs the engine against a faulty cache, and checks what must hold of every measurement. */
export async function measureFaultyCache(
  t: Cleanup,
  faults: readonly Fault[],
  { config = {}, interruptAfterMs, interruptIn = 'running' }: MeasureOptions = {},
): Promise<{ readonly cache: FaultyCache; readonly measured: Measurement }> {
  const cache = await startFaultyCache(t, faults);
  const interrupt = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const measured = await runEngine({
    config: engineConfig(cache.url, config),
    signal: interrupt.signal,
    onProgress: ({ phase }) => {
      if (phase !== interruptIn || interruptAfterMs === undefined) return;
      timer ??= setTimeout(() => interrupt.abort(), interruptAfterMs);
    },
  });
  clearTimeout(timer);
  assertSums(measured);
  return { cache, measured };
}

/** How many samples the series hold, over all windows. */
export function samplesOf({ windows }: Measurement, ...series: LatencySeries[]): number {
  return mergeSeries(windows, series)?.totalCount ?? 0;
}

/** What must hold of every measurement, whatever happened. */
export function assertSums(measured: Measurement): void {
  const { totals, windows, scheduled } = measured;
  const failures = Object.values(totals.failures).reduce((a, b) => a + b, 0);
  assert.equal(totals.successful + totals.failed, totals.total);
  assert.equal(failures, totals.failed);
  assert.ok(totals.hits + totals.misses <= totals.total);
  for (const name of ['total', 'successful', 'failed', 'hits', 'misses', 'readBytes'] as const) {
    assert.equal(
      windows.reduce((sum, { counts }) => sum + counts[name], 0),
      totals[name],
      name,
    );
  }
  assert.equal(samplesOf(measured, 'hit', 'miss'), totals.successful);
  assert.equal(samplesOf(measured, 'timeout'), totals.failures.timeout);
  const { timeout, dropped, generator } = totals.failures;
  assert.equal(samplesOf(measured, 'failed'), totals.failed - timeout - dropped - generator);
  if (scheduled !== undefined) assert.equal(scheduled, totals.total);
  if (scheduled !== undefined) assert.equal(samplesOf(measured, 'send_lag'), scheduled);
}
