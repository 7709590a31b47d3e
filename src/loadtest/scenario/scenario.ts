import type { FailureKind, HttpExchange } from '../../protocols/shared/load-client.ts';

/** What one operation came to. */
export interface OperationResult {
  readonly success: boolean;
  /** What the cache answered; `undefined` where the failure came before an answer. */
  readonly lookup: 'hit' | 'miss' | undefined;
  /** Why, where `success` is false. */
  readonly failure?: FailureKind;
  /** Time inside the operation that is not the target's: making the artifact, think time. Taken off the latency. */
  readonly excludedMs?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  readonly retries?: number;
}

/** What a scenario's operation is given. One context a client; it lives as long as the client. */
export interface OperationContext {
  /** 0-based, over all workers. */
  readonly client: number;
  /** How many operations this client has begun before this one. */
  readonly iteration: number;
  /** This client's own connection to the target. */
  readonly http: HttpExchange;
  /** Seeded, this client's own: 0 <= x < 1. */
  random(): number;
  /**
   * Waits as a build would. Not the target's time: it is taken off the latency (don't say it in
   * `excludedMs` too) and the operation's time-out moves by as much.
   */
  pause(ms: number): Promise<void>;
  /** Fresh in each run: part of every key that must be new. */
  readonly runId: string;
  /** Aborted when the run is over and the drain's time too. */
  readonly signal: AbortSignal;
}

/**
 * What one operation does. The guide's trait: implement this to drive a cache in a way of your own
 * (`examples/custom-scenario.ts`). A throw is counted as a failure: an `OperationFailure` as its
 * kind, anything else as `protocol`.
 */
export interface LoadTestScenario {
  readonly name: string;
  execute(context: OperationContext): Promise<OperationResult>;
}
