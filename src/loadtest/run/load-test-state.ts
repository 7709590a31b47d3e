import type { FailureKind } from '../../protocols/shared/load-client.ts';
import type { Progress } from '../engine/progress/progress.ts';

/**
 * A run's live counters: make one, hand it to `runLoadTest`, read it whenever you like.
 * Its figures are a fraction of a second old.
 */
export class LoadTestState {
  #progress: Progress | undefined;

  get phase(): Progress['phase'] {
    return this.#progress?.phase ?? 'starting';
  }

  /** Completed share of the phase, 0 to 1, if it is known. */
  get share(): number | undefined {
    return this.#progress?.share;
  }

  get totalOps(): number {
    return this.#progress?.operations ?? 0;
  }

  get successfulOps(): number {
    return this.#progress?.successful ?? 0;
  }

  get failedOps(): number {
    return this.#progress?.failed ?? 0;
  }

  get cacheHits(): number {
    return this.#progress?.hits ?? 0;
  }

  get cacheMisses(): number {
    return this.#progress?.misses ?? 0;
  }

  get errorsByType(): Readonly<Partial<Record<FailureKind, number>>> {
    return this.#progress?.failures ?? {};
  }

  /** Successful operations of the last second. */
  get opsPerSec(): number {
    return this.#progress?.opsPerSec ?? 0;
  }

  /** Latencies of the run so far, in ms. */
  get latencies(): { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number } {
    const { p50Ms = 0, p95Ms = 0, p99Ms = 0 } = this.#progress ?? {};
    return { p50Ms, p95Ms, p99Ms };
  }

  get inFlight(): number {
    return this.#progress?.inFlight ?? 0;
  }

  get serverMemoryBytes(): number | undefined {
    return this.#progress?.serverMemoryBytes;
  }

  /** Called by the run. */
  update(progress: Progress): void {
    this.#progress = progress;
  }
}
