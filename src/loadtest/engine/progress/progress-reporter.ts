import { failureKinds } from '../../../protocols/shared/load-client.ts';
import { counterSlot, failureSlot } from '../../metrics/counters.ts';
import type { LatencyCounts } from '../../metrics/latency-counts.ts';
import { isTooShortForRate, SendingTime } from '../../metrics/sending-time.ts';
import { type SharedState, sumsOf } from '../worker/shared-state.ts';
import type { Progress, ProgressListener } from './progress.ts';
import { type ProgressRowSources, ProgressRows } from './progress-rows.ts';

/** Reports the progress to the listener, a few times per second and at the start of each phase. */
export class ProgressReporter {
  readonly #options: ProgressReporterOptions;
  #timer: NodeJS.Timeout | undefined;
  #phase: Progress['phase'] = 'starting';
  #fromMs = performance.now();
  #expectedMs: number | undefined;
  /** How long the run has been, or was, sending. */
  #runMs = 0;
  /** How many had succeeded at each report of the last second, oldest first. */
  #history: { atMs: number; successful: number }[] = [];
  readonly #rows: ProgressRows;

  constructor(options: ProgressReporterOptions) {
    this.#options = options;
    this.#rows = new ProgressRows(options);
  }

  enter(phase: Progress['phase'], expectedMs: number | undefined): void {
    if (this.#options.listener === undefined) return;
    this.#phase = phase;
    this.#fromMs = performance.now();
    this.#expectedMs = expectedMs;
    if (phase === 'running') this.#rows.begin(this.#fromMs);
    this.#timer ??= setInterval(() => this.#report(), reportMs);
    this.#report();
    if (phase === 'done') this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #report(): void {
    const { judged, listener, notes, serverMemoryBytes, shared } = this.#options;
    const now = performance.now();
    const sums = sumsOf(shared);
    const elapsedMs = now - this.#fromMs;
    if (this.#phase === 'running' || this.#phase === 'draining') this.#rows.advance(now, sums);
    const failures: Record<string, number> = {};
    for (const kind of failureKinds) {
      const count = sums[failureSlot[kind]]!;
      if (count > 0) failures[kind] = count;
    }
    if (this.#phase === 'running') this.#runMs = elapsedMs;
    const successful = sums[counterSlot.successful]!;
    listener?.({
      phase: this.#phase,
      elapsedMs,
      expectedMs: this.#expectedMs,
      share: this.#share(sums, elapsedMs),
      operations: sums[counterSlot.total]!,
      successful,
      failed: sums[counterSlot.failed]!,
      hits: sums[counterSlot.hits]!,
      misses: sums[counterSlot.misses]!,
      failures,
      opsPerSec: this.#rate(now, successful),
      throughputOpsPerSec: this.#throughput(sums),
      p50Ms: judged.percentileUs(0.5) / 1000,
      p95Ms: judged.percentileUs(0.95) / 1000,
      p99Ms: judged.percentileUs(0.99) / 1000,
      avgMs: judged.meanUs() / 1000,
      inFlight: sums[counterSlot.inFlight]!,
      serverMemoryBytes: serverMemoryBytes(),
      row: this.#rows.last,
      notes,
    });
  }

  #share(sums: Float64Array, elapsedMs: number): number | undefined {
    if (this.#phase === 'warming') {
      const tried = sums[counterSlot.warmupStored]! + sums[counterSlot.warmupFailed]!;
      const { keys } = this.#options;
      return keys === 0 ? 1 : tried / keys;
    }
    if (this.#phase !== 'running' || this.#expectedMs === undefined) return undefined;
    const { operationsMax } = this.#options;
    const byTime = elapsedMs / this.#expectedMs;
    const byCount = operationsMax > 0 ? sums[counterSlot.total]! / operationsMax : 0;
    return Math.min(1, Math.max(byTime, byCount));
  }

  #throughput(sums: Float64Array): number | undefined {
    const { sendingFromMs, shared } = this.#options;
    const runMs = this.#runMs;
    const untilMs = Math.min(runMs, new SendingTime(shared.sending, 0).untilMs);
    const sendingMs = untilMs - sendingFromMs;
    if (!isTooShortForRate(sendingMs)) {
      return (1000 * sums[counterSlot.sendingSuccessful]!) / sendingMs;
    }
    return runMs > 0 ? (1000 * sums[counterSlot.successful]!) / runMs : undefined;
  }

  #rate(atMs: number, successful: number): number {
    this.#history.push({ atMs, successful });
    while (this.#history.length > 2 && this.#history[1]!.atMs <= atMs - 1000) this.#history.shift();
    const first = this.#history[0]!;
    return atMs === first.atMs ? 0 : ((successful - first.successful) / (atMs - first.atMs)) * 1000;
  }
}

export interface ProgressReporterOptions extends ProgressRowSources {
  readonly listener: ProgressListener | undefined;
  readonly shared: SharedState;
  readonly judged: LatencyCounts;
  /** Grows while the run goes on. */
  readonly notes: readonly string[];
  /** The size of the working set. */
  readonly keys: number;
  /** When the last client begins, ms from the start. */
  readonly sendingFromMs: number;
  /** Number of operations that ends the run before its time; 0 = none. */
  readonly operationsMax: number;
}

const reportMs = 200;
