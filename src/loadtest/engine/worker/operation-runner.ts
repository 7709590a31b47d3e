import { messageOf } from '../../../core/index.ts';
import { type FailureKind, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { type Counters, counterSlot } from '../../metrics/counters.ts';
import type { SilenceWatch } from '../../metrics/silence.ts';
import type { Sample, WindowRecorder } from '../../metrics/window-recorder.ts';
import { type KeyedResult, StoreBoundReached } from '../../operation/keyed-operation.ts';
import type { LoadTestScenario } from '../../operation/operation.ts';
import type { LoadClient } from './load-client.ts';
import type { Rereads } from './rereads.ts';

/** Runs one operation after another on clients, and records each exactly once. */
export class OperationRunner {
  readonly #options: OperationRunnerOptions;
  readonly #sample: Mutable<Sample> = {
    endMs: 0,
    latencyUs: 0,
    serviceUs: undefined,
    lookup: undefined,
    failure: undefined,
    readBytes: 0,
    writtenBytes: 0,
    retries: 0,
    suspect: false,
    dueMs: undefined,
    sizeBytes: undefined,
  };
  #over = false;

  constructor(options: OperationRunnerOptions) {
    this.#options = options;
  }

  /**
   * @param dueMs open loop: the instant at which the operation was due. Latency and timeout run from there.
   * @returns whether it was counted: not where it was never begun.
   */
  async run(client: LoadClient, dueMs?: number): Promise<boolean> {
    const { operation, counters, silence, timeoutMs } = this.#options;
    const sentMs = performance.now();
    client.begun += 1;
    client.pausedMs = 0;
    client.waitedMs = 0;
    client.sentMs = sentMs;
    client.fromMs = dueMs ?? sentMs;
    client.deadlineMs = client.fromMs + timeoutMs;
    client.isBusy = true;
    client.silence = silence;
    silence.begin(sentMs);
    counters[counterSlot.inFlight]! += 1;
    let result: KeyedResult;
    try {
      result = await operation.execute(client);
    } catch (error) {
      if (error instanceof StoreBoundReached) {
        this.#leave(client);
        silence.pause();
        this.#options.onStoreBound();
        return false;
      }
      result = failedResult(error);
    }
    if (this.#over) return true;
    this.#leave(client);
    this.#record(client, dueMs, result);
    return true;
  }

  /** How late the generator got to an operation that was due. What it waits for a connection then is the target's. */
  recordLag(dueMs: number): void {
    const now = performance.now();
    this.#options.recorder.recordSendLag((now - dueMs) * 1000, now);
  }

  /** How long an operation was with the target that was sent while few connections were in use. */
  recordCalmService(serviceMs: number): void {
    this.#options.recorder.recordPart('calm_service', serviceMs);
  }

  /** An operation that was due and never got a connection. */
  recordUnsent(failure: 'timeout' | 'dropped', dueMs: number): void {
    const sample = this.#blank(performance.now(), failure, dueMs);
    if (failure === 'timeout') sample.latencyUs = this.#options.timeoutMs * 1000;
    else sample.endMs = dueMs;
    this.#options.recorder.record(sample);
  }

  /**
   * Counts what is still under way as timed out, at the bound, and so what was due and never sent.
   * What ends later is not counted again.
   */
  abandon(unsentDueMs: readonly number[]): { count: number; oldestAgeMs: number } {
    const now = performance.now();
    const { recorder, silence } = this.#options;
    const sinceMs = [...unsentDueMs];
    for (const client of this.#options.clients) {
      if (!client.isBusy) continue;
      sinceMs.push(client.fromMs);
      recorder.recordSilence(silence.end(now, false));
    }
    this.#over = true;
    this.#options.counters[counterSlot.inFlight] = 0;
    for (const dueMs of sinceMs) this.recordUnsent('timeout', dueMs);
    return {
      count: sinceMs.length,
      oldestAgeMs: now - sinceMs.reduce((least, ms) => Math.min(least, ms), now),
    };
  }

  #leave(client: LoadClient): void {
    client.isBusy = false;
    this.#options.counters[counterSlot.inFlight]! -= 1;
    client.deadlineMs = Number.POSITIVE_INFINITY;
  }

  #record(client: LoadClient, dueMs: number | undefined, result: KeyedResult): void {
    const { recorder, timeoutMs, rereads, silence } = this.#options;
    const sample = this.#sample;
    const endMs = performance.now();
    const excludedMs = client.pausedMs + (result.excludedMs ?? 0);
    let latencyMs = endMs - client.fromMs - excludedMs;
    let serviceMs = endMs - client.sentMs - excludedMs - client.waitedMs;
    let failure = result.success ? undefined : (result.failure ?? 'protocol');
    // The sweep comes a little late: what ended past its bound has timed out all the same.
    if (latencyMs >= timeoutMs && failure === undefined) failure = 'timeout';
    if (failure === 'timeout') {
      serviceMs = Math.max(0, timeoutMs - (client.sentMs - client.fromMs));
      latencyMs = timeoutMs;
    }
    client.serviceMs = serviceMs;
    client.wasRefused = failure === 'refused' || failure === 'generator';
    sample.endMs = endMs;
    sample.dueMs = dueMs;
    sample.sizeBytes = result.sizeBytes ?? (result.readBytes || result.writtenBytes);
    sample.latencyUs = latencyMs * 1000;
    sample.serviceUs = dueMs === undefined ? undefined : serviceMs * 1000;
    sample.lookup = result.lookup;
    sample.failure = failure;
    sample.readBytes = result.readBytes ?? 0;
    sample.writtenBytes = result.writtenBytes ?? 0;
    sample.retries = result.retries ?? 0;
    sample.suspect = failure === undefined && result.suspect === true;
    recorder.recordSilence(silence.end(endMs, isAnswer(failure)));
    recorder.record(sample);
    if (failure !== undefined) this.#options.onFailure(failure, result.message);
    // A suspect is lost already; the same operation is not to be lost twice.
    else if (result.stored !== undefined && rereads !== undefined && !sample.suspect) {
      rereads.offer(result.stored, recorder.placeOf(sample.latencyUs));
    }
  }

  #blank(endMs: number, failure: FailureKind, dueMs: number): Mutable<Sample> {
    return Object.assign(this.#sample, {
      endMs,
      latencyUs: 0,
      serviceUs: undefined,
      lookup: undefined,
      failure,
      readBytes: 0,
      writtenBytes: 0,
      retries: 0,
      suspect: false,
      dueMs,
      sizeBytes: undefined,
    });
  }
}

export interface OperationRunnerOptions {
  readonly clients: readonly LoadClient[];
  readonly operation: LoadTestScenario;
  readonly counters: Counters;
  readonly recorder: WindowRecorder;
  readonly silence: SilenceWatch;
  readonly timeoutMs: number;
  readonly rereads: Rereads | undefined;
  readonly onStoreBound: () => void;
  /** A failure and its message, for the notes. */
  readonly onFailure: (kind: FailureKind, message: string | undefined) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const unanswered: ReadonlySet<FailureKind> = new Set(['timeout', 'refused', 'reset', 'generator']);

/** Whether the target said anything: a failure can be an answer. */
function isAnswer(failure: FailureKind | undefined): boolean {
  return failure === undefined || !unanswered.has(failure);
}

function failedResult(error: unknown): KeyedResult {
  const failure = error instanceof OperationFailure ? error.kind : 'protocol';
  // Wrong bytes are an answer all the same: the server said that it has the artifact.
  const lookup = failure === 'integrity' ? 'hit' : undefined;
  return { success: false, lookup, failure, message: messageOf(error) };
}
