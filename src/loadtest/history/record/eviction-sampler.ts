import { setTimeout as delay } from 'node:timers/promises';
import { MemobuildStatsClient } from '../../target/memobuild-stats.ts';
import type { EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { EvictionSample } from '../check/operation.ts';
import type { ReachedNode } from './history-client.ts';
import type { Recorder } from './recorder.ts';

/**
 * Asks the store now and then how much it has evicted. Any node answers for all, so the first that
 * answers does. Another kind of cache has no such count.
 */
export class EvictionSampler {
  readonly samples: EvictionSample[] = [];
  readonly #nodes: readonly ReachedNode[];
  readonly #recorder: Recorder;
  readonly #clients = new Map<EndpointConfig, MemobuildStatsClient>();

  constructor(nodes: readonly ReachedNode[], recorder: Recorder) {
    this.#nodes = nodes;
    this.#recorder = recorder;
  }

  /** Takes a sample. @returns whether a node answered. */
  async sample(): Promise<boolean> {
    for (const { endpoint } of this.#nodes) {
      const askedMs = this.#recorder.nowMs();
      const stats = await this.#client(endpoint).read();
      if (stats === undefined) continue;
      const { evictedEntries } = stats;
      this.samples.push({ askedMs, answeredMs: this.#recorder.nowMs(), evictedEntries });
      return true;
    }
    return false;
  }

  /** Takes samples until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.sample();
      await delay(sampleEveryMs, undefined, { signal }).catch(() => {});
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #client(endpoint: EndpointConfig): MemobuildStatsClient {
    const known = this.#clients.get(endpoint);
    if (known !== undefined) return known;
    const client = new MemobuildStatsClient(endpoint);
    this.#clients.set(endpoint, client);
    return client;
  }
}

/** The doubt about a miss is as long as this at least. */
const sampleEveryMs = 250;
