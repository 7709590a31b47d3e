import type { Histogram } from 'hdr-histogram-js';
import type {
  ConnectionMeasurement,
  LatencySeries,
  MeasuredParts,
  OperationCounts,
  Silence,
  Window,
} from '../measurement.ts';
import { counterSlot, counterSlots, failureSlot, operationCounts } from './counters.ts';
import { type EvictionHistory, EvictionLedger } from './evictions.ts';
import { type BucketCounts, LatencyCounts } from './latency-counts.ts';
import { measuredParts } from './measured-parts.ts';
import { judgedSeries } from './merge-series.ts';
import { PartLatencies } from './part-latencies.ts';
import { longerSilence } from './silence.ts';
import { toHistogram } from './to-histogram.ts';
import type { LostWrite, RecordedSeries, WorkerWindow } from './window-recorder.ts';

/**
 * Merges what the workers hand over, window by window, without loss: counts are added bucket by
 * bucket. It also decides, when all is in, which of the writes that were not found again are lost
 * and which the cache's own evictions can explain.
 */
export class Collector {
  readonly #windows = new Map<number, MergedWindow>();
  readonly #windowMs: number;
  readonly #scratch = new LatencyCounts();
  /** Latencies judged so far, for the live view. */
  readonly judged: LatencyCounts = new LatencyCounts();
  /** The same since the live view took them out last. */
  readonly recent: LatencyCounts = new LatencyCounts();
  readonly #parts = new PartLatencies();
  #lost = 0;
  #evicted = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(worker: number, part: WorkerWindow): void {
    const window = this.#at(part.window);
    window.endOffsetMs = Math.max(window.endOffsetMs, part.endMs);
    window.inFlight.set(worker, part.inFlight);
    for (let slot = 0; slot < counterSlots; slot += 1) window.counts[slot]! += part.counts[slot]!;
    for (const [name, pairs] of Object.entries(part.series)) {
      this.#merge(window, name as RecordedSeries, pairs);
    }
    for (const name of judgedSeries) {
      const pairs = part.series[name];
      if (pairs === undefined) continue;
      this.judged.addAll(pairs);
      this.recent.addAll(pairs);
    }
    if (part.parts !== undefined) this.#parts.addAll(part.parts);
    window.silence = longerSilence(window.silence, part.silence);
    for (const write of part.lostWrites) this.#noteLostWrite(write);
  }

  /**
   * Turns the suspects into failures of kind `lost`, or lets them be where evictions can explain them.
   * @param evictions `undefined` where the cache does not report them: then they explain nothing.
   */
  settle(evictions: EvictionHistory | undefined): void {
    const ledger = new EvictionLedger(evictions ?? { boundBytes: 0, entries: 0, stored: [] });
    const sums = this.#sums();
    // Rereads are a sample of the writes.
    const share = sums[counterSlot.acknowledged]! / Math.max(1, sums[counterSlot.reread]!);
    for (const [index, window] of this.#inOrder()) {
      this.#fail(window, window.certain, 'miss');
      const startMs = index * this.#windowMs;
      const missed = window.series.get('suspect') ?? none;
      const lookups = countOf(missed);
      this.#settle(window, missed, ledger.explainsGoneBy(startMs + this.#windowMs, lookups));
      const gone = countOf(window.gone);
      const isExplained = ledger.explainsStoredFrom(startMs, gone, Math.max(1, share));
      this.#settle(window, window.gone, isExplained);
    }
  }

  #settle(window: MergedWindow, suspects: BucketCounts, isExplained: boolean): void {
    if (isExplained) this.#evicted += countOf(suspects);
    else this.#fail(window, suspects, 'miss');
  }

  get totals(): OperationCounts {
    return operationCounts(this.#sums());
  }

  get writes(): { acknowledged: number; reread: number; lost: number; evicted: number } {
    const sums = this.#sums();
    return {
      acknowledged: sums[counterSlot.acknowledged]!,
      reread: sums[counterSlot.reread]!,
      lost: this.#lost,
      evicted: this.#evicted,
    };
  }

  get scheduled(): number {
    return this.#sums()[counterSlot.scheduled]!;
  }

  /** Latencies by part of the run. Takes them out: call it once. */
  takeParts(): MeasuredParts {
    return measuredParts(this.#parts.take());
  }

  /** @param most how many connections there might be; `undefined` in a closed loop. */
  connections(
    workers: number,
    most: number | undefined,
  ): Omit<ConnectionMeasurement, 'calmServiceMs'> {
    const sums = this.#sums();
    const ended = sums[counterSlot.allBusyEnded]!;
    return {
      most,
      opened: sums[counterSlot.connections]!,
      busyMost: sums[counterSlot.busyMost]!,
      allBusyMs: sums[counterSlot.allBusyMs]! / workers,
      allBusyServiceMs: ended === 0 ? undefined : sums[counterSlot.allBusyConnectionMs]! / ended,
      stale: sums[counterSlot.stale]!,
      backOffs: sums[counterSlot.backOffs]!,
      backOffMs: sums[counterSlot.backOffMs]!,
    };
  }

  /** All windows until the last operation ended, the empty ones between them too. */
  windows(durationMs: number): Window[] {
    let last = -1;
    for (const index of this.#windows.keys()) last = Math.max(last, index);
    // Later ones hold rereads alone.
    last = Math.min(last, Math.floor(durationMs / this.#windowMs));
    return Array.from({ length: last + 1 }, (_, index) => {
      const merged = this.#at(index);
      const startMs = index * this.#windowMs;
      const endMs =
        index === last
          ? Math.max(startMs, Math.min(durationMs, startMs + this.#windowMs))
          : startMs + this.#windowMs;
      return measuredWindow(startMs, endMs, merged);
    });
  }

  #at(index: number): MergedWindow {
    let window = this.#windows.get(index);
    if (window === undefined) {
      window = {
        counts: new Float64Array(counterSlots),
        series: new Map(),
        inFlight: new Map(),
        endOffsetMs: 0,
        silence: undefined,
        certain: none,
        gone: none,
      };
      this.#windows.set(index, window);
    }
    return window;
  }

  #inOrder(): [number, MergedWindow][] {
    return [...this.#windows].sort(([a], [b]) => a - b);
  }

  #sums(): Float64Array {
    const sums = new Float64Array(counterSlots);
    for (const { counts } of this.#windows.values()) {
      for (let slot = 0; slot < counterSlots; slot += 1) sums[slot]! += counts[slot]!;
    }
    return sums;
  }

  #merge(window: MergedWindow, name: RecordedSeries, pairs: BucketCounts): void {
    const known = window.series.get(name);
    window.series.set(name, known === undefined ? pairs : this.#sum(known, pairs));
  }

  #sum(a: BucketCounts, b: BucketCounts): BucketCounts {
    this.#scratch.addAll(a);
    this.#scratch.addAll(b);
    return this.#scratch.take();
  }

  #noteLostWrite({ window: index, bucket, certain }: LostWrite): void {
    const window = this.#at(index);
    const pair = Uint32Array.of(bucket, 1);
    if (certain) window.certain = this.#sum(window.certain, pair);
    else window.gone = this.#sum(window.gone, pair);
  }

  /** Moves successes into the failures of kind `lost`. */
  #fail(window: MergedWindow, pairs: BucketCounts, from: RecordedSeries): void {
    const count = countOf(pairs);
    if (count === 0) return;
    this.#subtract(window, from, pairs);
    this.#merge(window, 'failed', pairs);
    const successful = window.counts[counterSlot.successful]! - count;
    window.counts[counterSlot.successful] = successful;
    // Exact where all clients were sending through the whole window.
    const sending = window.counts[counterSlot.sendingSuccessful]!;
    window.counts[counterSlot.sendingSuccessful] = Math.min(sending, successful);
    window.counts[counterSlot.failed]! += count;
    window.counts[failureSlot.lost]! += count;
    this.#lost += count;
  }

  #subtract(window: MergedWindow, name: RecordedSeries, pairs: BucketCounts): void {
    const known = window.series.get(name);
    if (known === undefined) return;
    const left = new Map<number, number>();
    for (let at = 0; at < known.length; at += 2) left.set(known[at]!, known[at + 1]!);
    for (let at = 0; at < pairs.length; at += 2) {
      left.set(pairs[at]!, Math.max(0, (left.get(pairs[at]!) ?? 0) - pairs[at + 1]!));
    }
    const kept = [...left].filter(([, count]) => count > 0);
    window.series.set(name, Uint32Array.from(kept.flat()));
  }
}

interface MergedWindow {
  readonly counts: Float64Array;
  readonly series: Map<RecordedSeries, BucketCounts>;
  /** By worker, at the window's end. */
  readonly inFlight: Map<number, number>;
  endOffsetMs: number;
  silence: Silence | undefined;
  /** Successes whose write came back changed. */
  certain: BucketCounts;
  /** Successes whose write was not found again: lost, unless evictions explain them. */
  gone: BucketCounts;
}

const none: BucketCounts = new Uint32Array(0);

/** Counts stay in compact form: a window's histogram is built on each access. */
function measuredWindow(startMs: number, endMs: number, merged: MergedWindow): Window {
  const histograms: Partial<Record<LatencySeries, Histogram>> = {};
  const bucketCounts: Partial<Record<LatencySeries, BucketCounts>> = {};
  for (const [name, pairs] of merged.series) {
    if (name === 'suspect' || pairs.length === 0) continue;
    bucketCounts[name] = pairs;
    Object.defineProperty(histograms, name, { enumerable: true, get: () => toHistogram(pairs) });
  }
  return {
    startMs,
    endMs,
    histograms,
    bucketCounts,
    counts: operationCounts(merged.counts),
    sendingSuccessful: merged.counts[counterSlot.sendingSuccessful]!,
    inFlight: [...merged.inFlight.values()].reduce((a, b) => a + b, 0),
    due: merged.counts[counterSlot.scheduled]!,
    allBusyMs: merged.counts[counterSlot.allBusyMs]! / Math.max(1, merged.inFlight.size),
    silence: merged.silence,
  };
}

function countOf(pairs: BucketCounts): number {
  let count = 0;
  for (let at = 1; at < pairs.length; at += 2) count += pairs[at]!;
  return count;
}
