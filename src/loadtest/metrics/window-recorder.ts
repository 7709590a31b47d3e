import type { FailureKind } from '../../protocols/shared/load-client.ts';
import {
  type ExchangePhase,
  type LatencySeries,
  latencySeries,
  type Silence,
} from '../measurement.ts';
import { type Counters, counterSlot, failureSlot } from './counters.ts';
import { type BucketCounts, bucketOfUs, LatencyCounts } from './latency-counts.ts';
import { type PartCounts, PartLatencies, StageParts, sizePartOf } from './part-latencies.ts';
import type { SendingTime } from './sending-time.ts';

/**
 * One worker's samples, window by window. Recording is a few additions; at a window's end its counts
 * go to the coordinator in compact form, and recording continues in the next one.
 */
export class WindowRecorder {
  readonly #options: WindowRecorderOptions;
  readonly #series = Object.fromEntries(
    recordedSeries.map((series) => [series, new LatencyCounts()]),
  ) as Record<RecordedSeries, LatencyCounts>;
  readonly #flushed: Float64Array<ArrayBuffer>;
  readonly #parts = new PartLatencies();
  readonly #stages: StageParts;
  #found: LostWrite[] = [];
  #silence: Silence | undefined;
  #window = 0;
  #windowEndMs: number;

  constructor(options: WindowRecorderOptions) {
    this.#options = options;
    this.#flushed = Float64Array.from(options.counters);
    this.#windowEndMs = options.startMs + options.windowMs;
    this.#stages = new StageParts(options.stageEndsMs ?? []);
  }

  /** Records an ended operation. Times are µs; `serviceUs` only in an open loop. */
  record(sample: Sample): void {
    if (sample.endMs >= this.#windowEndMs) this.roll(sample.endMs);
    const { counters, sending } = this.#options;
    counters[counterSlot.total]! += 1;
    if (sample.lookup === 'hit') counters[counterSlot.hits]! += 1;
    else if (sample.lookup === 'miss') counters[counterSlot.misses]! += 1;
    counters[counterSlot.readBytes]! += sample.readBytes;
    counters[counterSlot.writtenBytes]! += sample.writtenBytes;
    counters[counterSlot.retries]! += sample.retries;
    const { failure, latencyUs, serviceUs } = sample;
    if (failure === undefined) {
      counters[counterSlot.successful]! += 1;
      if (sending.includes(sample.endMs)) counters[counterSlot.sendingSuccessful]! += 1;
      // A store without a lookup before it is what a miss ends with.
      const isMiss =
        sample.lookup === 'miss' || (sample.lookup === undefined && sample.writtenBytes > 0);
      this.#series[isMiss ? 'miss' : 'hit'].record(latencyUs);
    } else {
      counters[counterSlot.failed]! += 1;
      counters[failureSlot[failure]]! += 1;
      if (hasLatency(failure)) {
        this.#series[failure === 'timeout' ? 'timeout' : 'failed'].record(latencyUs);
      }
    }
    if (serviceUs !== undefined && failure !== 'generator') this.#series.service.record(serviceUs);
    this.#recordParts(sample);
    if (sample.suspect) this.#series.suspect.record(latencyUs);
  }

  /** Keeps the longest silence that was seen in a window; the object may be changed afterwards. */
  recordSilence({ fromMs, toMs }: Silence): void {
    const known = this.#silence;
    if (toMs - fromMs <= (known === undefined ? 0 : known.toMs - known.fromMs)) return;
    this.#silence = { fromMs, toMs };
  }

  /** Records how long something took that is counted by itself. */
  recordPart(part: ExchangePhase | 'calm_service', ms: number): void {
    this.#parts.record(part, ms * 1000);
  }

  #recordParts({ dueMs, failure, latencyUs, serviceUs, sizeBytes }: Sample): void {
    if (failure !== undefined && !hasLatency(failure)) return;
    if (sizeBytes !== undefined) this.#parts.record(sizePartOf(sizeBytes), latencyUs);
    const stage = dueMs === undefined ? undefined : this.#stages.at(dueMs - this.#options.startMs);
    if (stage === undefined) return;
    this.#parts.record(stage.response, latencyUs);
    if (serviceUs !== undefined) this.#parts.record(stage.service, serviceUs);
  }

  /** How late an operation was sent, counted in the window in which that was. */
  recordSendLag(lagUs: number, sentMs: number): void {
    if (sentMs >= this.#windowEndMs) this.roll(sentMs);
    this.#series.send_lag.record(lagUs);
  }

  /** Names the place of a sample just recorded, so that a write found lost later can be moved. */
  placeOf(latencyUs: number): SamplePlace {
    return { window: this.#window, bucket: bucketOfUs(latencyUs + 0.5) };
  }

  /** A write whose operation counted as a success was not found again (`certain` false) or found changed. */
  recordLostWrite(place: SamplePlace, certain: boolean): void {
    this.#found.push({ ...place, certain });
  }

  /** Hands over all windows that ended by `nowMs`. Call it about once per window. */
  roll(nowMs: number): void {
    if (nowMs < this.#windowEndMs) return;
    this.#flush(this.#windowEndMs);
    const { startMs, windowMs } = this.#options;
    // Windows in which nothing ended are not sent: the coordinator knows the grid.
    this.#window = Math.floor((nowMs - startMs) / windowMs);
    this.#windowEndMs = startMs + (this.#window + 1) * windowMs;
  }

  /** Hands over what is left. */
  finish(nowMs: number): void {
    this.roll(nowMs);
    this.#flush(nowMs);
  }

  #flush(endMs: number): void {
    const { counters, onWindow } = this.#options;
    const counts = new Float64Array(counters.length);
    for (let slot = 0; slot < counts.length; slot += 1) {
      counts[slot] = counters[slot]! - this.#flushed[slot]!;
      this.#flushed[slot] = counters[slot]!;
    }
    const series: Partial<Record<RecordedSeries, BucketCounts>> = {};
    for (const name of recordedSeries) {
      if (this.#series[name].total > 0) series[name] = this.#series[name].take();
    }
    const lostWrites = this.#found;
    const silence = this.#silence;
    this.#found = [];
    this.#silence = undefined;
    onWindow({
      window: this.#window,
      endMs,
      inFlight: counters[counterSlot.inFlight]!,
      counts,
      series,
      parts: this.#parts.take(),
      silence,
      lostWrites,
    });
  }
}

/** What was dropped never started, and what this machine failed never reached the target. */
function hasLatency(failure: FailureKind): boolean {
  return failure !== 'dropped' && failure !== 'generator';
}

export interface WindowRecorderOptions {
  readonly counters: Counters;
  /** Start of the measured run on the shared clock. */
  readonly startMs: number;
  readonly windowMs: number;
  /** Open loop of several stages: when each ends, ms from the start. */
  readonly stageEndsMs?: readonly number[];
  readonly sending: SendingTime;
  readonly onWindow: (window: WorkerWindow) => void;
}

/** One ended operation. */
export interface Sample {
  readonly endMs: number;
  readonly latencyUs: number;
  readonly serviceUs: number | undefined;
  readonly lookup: 'hit' | 'miss' | undefined;
  readonly failure: FailureKind | undefined;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly retries: number;
  /** A success that missed a key whose write had been acknowledged: lost, unless evictions explain it. */
  readonly suspect: boolean;
  /** Open loop: when it was due, on the clock of `endMs`. */
  readonly dueMs?: number | undefined;
  /** The size of its artifact, where it is known. */
  readonly sizeBytes?: number | undefined;
}

export interface SamplePlace {
  readonly window: number;
  readonly bucket: number;
}

export interface LostWrite extends SamplePlace {
  /** Found changed: no eviction explains that. */
  readonly certain: boolean;
}

/** What a worker hands over at a window's end. */
export interface WorkerWindow {
  readonly window: number;
  readonly endMs: number;
  readonly inFlight: number;
  /** By slot, of this window alone. */
  readonly counts: Float64Array<ArrayBuffer>;
  readonly series: Readonly<Partial<Record<RecordedSeries, BucketCounts>>>;
  /** Latencies by part of the run. */
  readonly parts?: PartCounts;
  readonly silence: Silence | undefined;
  readonly lostWrites: readonly LostWrite[];
}

/** The published series, and the suspects: successes that become `lost` unless evictions explain them. */
export type RecordedSeries = LatencySeries | 'suspect';

export const recordedSeries: readonly RecordedSeries[] = [...latencySeries, 'suspect'];
