import { readTreeUsage } from '../target/proc-tree.ts';
import type { Target } from '../target/target.ts';
import type { ServerSample } from './measurement.ts';

/** Watches the target, once a second, as far as it can be seen from here. */
export class ServerSampler {
  readonly samples: ServerSample[] = [];
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** What the target says it is. */
  get software(): string | undefined {
    return undefined;
  }

  /** Entries that the target says it evicted since the first sample; 0 where it does not say. */
  get evictions(): number {
    const counts = this.samples.flatMap(({ evictedEntries }) => evictedEntries ?? []);
    return counts.length === 0 ? 0 : counts[counts.length - 1]! - counts[0]!;
  }

  sample(atMs: number): Promise<void> {
    const usage = this.#target.pid === undefined ? undefined : readTreeUsage(this.#target.pid);
    if (usage !== undefined) this.samples.push({ atMs, ...usage, evictedEntries: undefined });
    return Promise.resolve();
  }
}
