import { counterSlot, failureSlot } from '../../metrics/counters.ts';
import type { LatencyCounts } from '../../metrics/latency-counts.ts';
import type { ProgressRow } from './progress.ts';

/** Makes a row of about each second of a run, for a live view. */
export class ProgressRows {
  readonly #sources: ProgressRowSources;
  #fromMs = 0;
  #endMs = 0;
  #before = { operations: 0, successful: 0, hits: 0, misses: 0, failed: 0 };
  last: ProgressRow | undefined;

  constructor(sources: ProgressRowSources) {
    this.#sources = sources;
  }

  /** @param atMs start of the run, performance.now(). */
  begin(atMs: number): void {
    this.#fromMs = atMs;
  }

  /** Makes a row where it is time for one. */
  advance(nowMs: number, sums: Float64Array): void {
    const { recent, cpuCores, serverMemoryBytes } = this.#sources;
    const startMs = this.#endMs;
    const endMs = nowMs - this.#fromMs;
    // Latencies come in once per window: a row waits for them, but not while the target stalls.
    const dueMs = recent.total > 0 ? rowMs : 2 * rowMs;
    if (endMs - startMs < dueMs) return;
    const now = {
      operations: sums[counterSlot.total]!,
      successful: sums[counterSlot.successful]!,
      hits: sums[counterSlot.hits]!,
      misses: sums[counterSlot.misses]!,
      failed: sums[counterSlot.failed]! - sums[failureSlot.generator]!,
    };
    const before = this.#before;
    const percentileMs = (share: number): number | undefined =>
      recent.total === 0 ? undefined : recent.percentileUs(share) / 1000;
    const { server, generator } = cpuCores();
    this.last = {
      startMs,
      endMs,
      operations: now.operations - before.operations,
      successful: now.successful - before.successful,
      hits: now.hits - before.hits,
      misses: now.misses - before.misses,
      failed: now.failed - before.failed,
      p50Ms: percentileMs(0.5),
      p95Ms: percentileMs(0.95),
      p99Ms: percentileMs(0.99),
      serverMemoryBytes: serverMemoryBytes(),
      serverCpuCores: server,
      generatorCpuCores: generator,
    };
    recent.take();
    this.#before = now;
    this.#endMs = endMs;
  }
}

export interface ProgressRowSources {
  /** Judged latencies since a row took them out. */
  readonly recent: LatencyCounts;
  readonly serverMemoryBytes: () => number | undefined;
  /** Cores used in the second past, where known. */
  readonly cpuCores: () => {
    readonly server: number | undefined;
    readonly generator: number | undefined;
  };
}

const rowMs = 1000;
