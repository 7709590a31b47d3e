import type { ServerSample } from '../../measurement.ts';
import type { EvictionHistory } from '../../metrics/evictions.ts';
import { type MemobuildStats, MemobuildStatsClient } from '../../target/memobuild-stats.ts';
import { readTreeUsage } from '../../target/proc-tree.ts';
import type { Target } from '../../target/target.ts';
import { mergeServerSamples } from './merge-samples.ts';
import { SampleList } from './sample-list.ts';

type StoredSample = EvictionHistory['stored'][number];

/**
 * Watches the target, once per second, as far as it can be seen from here: the processes that the run
 * started through /proc, any MemoBuild server through its statistics.
 */
export class ServerSampler {
  readonly #list: SampleList<ServerSample>;
  readonly #target: Target;
  readonly #client: MemobuildStatsClient | undefined;
  #first: MemobuildStats | undefined;
  #last: MemobuildStats | undefined;
  readonly #stored: SampleList<StoredSample>;

  /** @param perEntry how many seconds become one sample. */
  constructor(target: Target, perEntry: number) {
    this.#target = target;
    this.#list = new SampleList(perEntry, mergeServerSamples);
    this.#stored = new SampleList<StoredSample>(perEntry, (_, later) => later);
    const { statsEndpoint } = target;
    this.#client =
      statsEndpoint === undefined ? undefined : new MemobuildStatsClient(statsEndpoint);
  }

  get samples(): readonly ServerSample[] {
    return this.#list.samples;
  }

  /** Cores of {@link cpuCores} that are this machine's: of a target that the run started. */
  get localCpuCores(): number | undefined {
    return this.#target.pid === undefined ? undefined : this.cpuCores;
  }

  /** Asks the target once for what it is. Before the warm-up: evictions are counted from here. */
  async begin(): Promise<MemobuildStats | undefined> {
    this.#first = await this.#client?.read();
    this.#last = this.#first;
    return this.#first;
  }

  /** What the target says it is. */
  get software(): string | undefined {
    return this.#first?.software;
  }

  /**
   * The evictions that the target reports since {@link begin}; `undefined` where it reports none.
   */
  get evictions(): EvictionHistory | undefined {
    const [first, last] = [this.#first, this.#last];
    if (first === undefined || last === undefined) return undefined;
    return {
      boundBytes: last.storedBytesMax,
      entries: last.evictedEntries - first.evictedEntries,
      stored: this.#stored.samples,
    };
  }

  /** Cores that the target used between the last two samples, where that is known. */
  get cpuCores(): number | undefined {
    const [before, last] = this.samples.slice(-2);
    if (before?.cpuMs === undefined || last?.cpuMs === undefined) return undefined;
    const elapsedMs = last.atMs - before.atMs;
    return elapsedMs > 0 ? Math.max(0, (last.cpuMs - before.cpuMs) / elapsedMs) : undefined;
  }

  async sample(atMs: number): Promise<void> {
    const { pid } = this.#target;
    const usage = pid === undefined ? undefined : readTreeUsage(pid);
    // A target that answered nothing at first is not asked again.
    const stats = this.#first === undefined ? undefined : await this.#client?.read();
    if (stats !== undefined) this.#note(stats, atMs);
    const seen = usage ?? stats;
    if (seen === undefined) return;
    this.#list.add({
      atMs,
      memoryBytes: seen.memoryBytes,
      residentBytes: seen.residentBytes,
      cpuMs: seen.cpuMs,
      evictedEntries: stats?.evictedEntries,
    });
  }

  #note(stats: MemobuildStats, atMs: number): void {
    this.#last = stats;
    const { storedBytes, evictedBytes } = this.#first!;
    const bytes = stats.storedBytes - storedBytes + stats.evictedBytes - evictedBytes;
    this.#stored.add({ atMs, bytes });
  }

  close(): void {
    this.#client?.close();
  }
}
