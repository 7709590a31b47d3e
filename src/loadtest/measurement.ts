import type { Histogram } from 'hdr-histogram-js';
import type { FailureKind } from '../protocols/shared/load-client.ts';

/**
 * What the engine hands to the verdict: everything measured, merged over the workers without loss,
 * nothing judged. All times are milliseconds of one monotonic clock, 0 = start of the measured run
 * (after the warm-up); histograms are in microseconds.
 */

/** The histograms that a sample may go into. `hit` and `miss` are what the server answered. */
export const latencySeries = [
  /** Response time of successes: from the send in a closed loop, from the due instant in an open one. */
  'hit',
  'miss',
  /** Operations that were given up, recorded at the time after which they were. */
  'timeout',
  /** Other failures; without those that were dropped, or that the generator's own machine failed. */
  'failed',
  /** Open loop only: from the send, of all operations that were sent. */
  'service',
  /**
   * Open loop only: how late after its due instant the generator got to an operation. Where all
   * connections were busy then, the wait for one is not in it: that is the target's doing.
   */
  'send_lag',
] as const;

/** The phases of an exchange: the connection is made, the first byte of the answer comes, the rest of it. */
export const exchangePhases = ['connect', 'first_byte', 'transfer'] as const;
export type ExchangePhase = (typeof exchangePhases)[number];

/** Which histogram a sample goes into. */
export type LatencySeries = (typeof latencySeries)[number];

/** A time in which no operation was answered; milliseconds since the start of the measured run. */
export interface Silence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One window of time. Operations belong to the window in which they ended. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
  /**
   * Rebuilt on each read of a series, so that long runs stay small: keep a value that is used
   * twice.
   */
  readonly histograms: Readonly<Partial<Record<LatencySeries, Histogram>>>;
  /**
   * What `histograms` is built of, where that is at hand: buckets and their counts, in pairs. Windows
   * are added up by it, since a histogram for each of thousands takes seconds.
   */
  readonly bucketCounts?: Readonly<Partial<Record<LatencySeries, Uint32Array<ArrayBuffer>>>>;
  readonly counts: OperationCounts;
  /** Those of `counts.successful` that ended while all clients were sending. */
  readonly sendingSuccessful: number;
  /** Operations under way at the window's end. */
  readonly inFlight: number;
  /** Open loop: operations that were due in it. */
  readonly due?: number | undefined;
  /** Open loop: time in which operations waited because all connections were busy, mean of the workers. */
  readonly allBusyMs?: number | undefined;
  /** The longest time without an answer that was seen in this window; it may have begun earlier. */
  readonly silence: Silence | undefined;
}

/** The latency of operations on artifacts of a class of size. */
export interface LatencyPart {
  readonly fromBytes: number;
  /** `undefined`: no upper end. */
  readonly belowBytes: number | undefined;
  readonly histogram: Histogram;
}

/** The latency of the operations that were due in a stage of an open loop. */
export interface StageLatency {
  /** 0-based. */
  readonly stage: number;
  readonly response: Histogram | undefined;
  readonly service: Histogram | undefined;
}

/** Latencies in µs by part of the run. They hold failed operations too, at the time that these took. */
export interface MeasuredParts {
  readonly bySize: readonly LatencyPart[];
  /** Each counts single exchanges: an operation has one or more. */
  readonly byPhase: Readonly<Partial<Record<ExchangePhase, Histogram>>>;
  /** Time at the target of operations sent while at most a quarter of the connections were in use. */
  readonly calmService?: Histogram | undefined;
  /** Empty where there is one stage, or none. */
  readonly byStage: readonly StageLatency[];
}

/** How the run's connections were used. */
export interface ConnectionMeasurement {
  /** How many there might be in an open loop; `undefined` in a closed one, where each client has its own. */
  readonly most: number | undefined;
  readonly opened: number;
  /** In use at once at the most (open loop). */
  readonly busyMost: number;
  /** Time in which operations waited because all were busy, mean of the workers. */
  readonly allBusyMs: number;
  /** Median time at the target of operations sent while at most a quarter of the connections were in use. */
  readonly calmServiceMs: number | undefined;
  /** How long an operation held its connection on average while all were busy; `undefined` where none ended then. */
  readonly allBusyServiceMs: number | undefined;
  /** Requests that were sent again because their kept connection had been closed. */
  readonly stale: number;
  /** Pauses of clients that got no connection, and their sum. */
  readonly backOffs: number;
  readonly backOffMs: number;
}

export interface OperationCounts {
  /** Ended operations, dropped ones included. */
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly hits: number;
  readonly misses: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly retries: number;
  /** Failed operations by kind. Their sum is `failed`. */
  readonly failures: Readonly<Record<FailureKind, number>>;
}

export interface WarmupMeasurement {
  readonly keys: number;
  readonly stored: number;
  readonly failed: number;
  readonly storedBytes: number;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly failures: Readonly<Record<FailureKind, number>>;
}

/** Acknowledged writes, and the results of those that were re-read. */
export interface WriteMeasurement {
  readonly acknowledged: number;
  readonly reread: number;
  /** Not found again, or found changed; already counted as failures of kind `lost`. */
  readonly lost: number;
  /** Not found again, which the cache's evictions can explain. Not failures. */
  readonly evicted: number;
}

/** What the target process used, once per second (in runs of hours once per window), where it can be known. */
export interface ServerSample {
  readonly atMs: number;
  /** Memory that belongs to the server's processes alone (not the pages of mapped files). */
  readonly memoryBytes: number | undefined;
  /** The most, where a sample covers several seconds; `memoryBytes` is the least then. */
  readonly memoryBytesMost?: number | undefined;
  readonly residentBytes: number | undefined;
  /** CPU time used so far, all processes. */
  readonly cpuMs: number | undefined;
  readonly evictedEntries: number | undefined;
}

/** What the generator and the machine did, once per second; in runs of hours once per window. */
export interface GeneratorSample {
  readonly atMs: number;
  /** CPU of the generator's process in last second, 1 = one core. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** Worst worker's event-loop delay, 99th percentile of the second, ms. */
  readonly loopDelayP99Ms: number;
  /** Its longest delay: how long the generator stalled, ms. */
  readonly loopDelayMaxMs: number;
  /** The machine's CPU, all processes, 0 to 1; undefined where /proc/stat is not. */
  readonly machineCpu: number | undefined;
  /** CPU that neither the generator nor a target on the same machine used, 0 to 1. */
  readonly machineOtherCpu: number | undefined;
  /** CPU taken by the hypervisor, 0 to 1. */
  readonly machineSteal: number | undefined;
  /** The same in the worst second, where a sample covers several. */
  readonly machineStealMost: number | undefined;
}

/** A thread that died before the run ended. */
export interface LostWorker {
  readonly worker: number;
  readonly reason: string;
  /** When, from the start of the measured run. */
  readonly atMs: number;
}

export interface GeneratorMeasurement {
  readonly workers: number;
  readonly lostWorkers: readonly LostWorker[];
  readonly samples: readonly GeneratorSample[];
  /** A fixed amount of work, timed before and after: ms each. Differing times mean a machine that was busy elsewhere. */
  readonly calibration: { readonly beforeMs: number; readonly afterMs: number };
  readonly openFiles: { readonly limit: number | undefined; readonly needed: number };
  /** CPU time of the generator per operation, µs. */
  readonly cpuUsPerOperation: number;
}

/** Operations that had not ended when the drain's time was over. They are counted as `timeout`. */
export interface UnfinishedOperations {
  readonly count: number;
  readonly oldestAgeMs: number;
}

export const stopReasons = [
  'requests',
  'duration',
  'max_stored',
  'interrupted',
  'workers_lost',
] as const;

/** Why a run ended. */
export type StopReason = (typeof stopReasons)[number];

export interface Measurement {
  readonly runId: string;
  readonly startedAt: Date;
  /** From the first operation to the end of the last one. */
  readonly durationMs: number;
  readonly stopReason: StopReason;
  /** When the last client had begun, ms from the start: 0 without a ramp-up. */
  readonly sendingFromMs: number;
  /**
   * How long all clients were sending: from then until the first had done its share, or the run's
   * duration had elapsed.
   */
  readonly sendingMs: number;
  readonly warmup: WarmupMeasurement;
  readonly windowMs: number;
  readonly windows: readonly Window[];
  readonly totals: OperationCounts;
  readonly writes: WriteMeasurement;
  readonly unfinished: UnfinishedOperations;
  /** Open loop: operations that were due; of them `totals.failures.dropped` never started. */
  readonly scheduled: number | undefined;
  readonly generator: GeneratorMeasurement;
  readonly connections: ConnectionMeasurement;
  readonly parts: MeasuredParts;
  readonly server: {
    readonly software: string | undefined;
    readonly samples: readonly ServerSample[];
  };
  /** Entries stored by the run and removed again; `removable` false where the protocol can't. */
  readonly cleanup: {
    readonly removable: boolean;
    readonly removed: number;
    readonly failed: number;
  };
  /** Name of a scenario of the user's own. */
  readonly customScenario?: string | undefined;
  readonly notes: readonly string[];
}
