import type { FailureKind, HttpExchange } from '../../protocols/shared/load-client.ts';

/** The outcome of one operation. */
export interface OperationResult {
  readonly success: boolean;
  /** What the cache answered; `undefined` where the failure came before an answer. */
  readonly lookup: 'hit' | 'miss' | undefined;
  /** Why, where `success` is false. */
  readonly failure?: FailureKind;
  /**
   * Time inside the operation that is not the target's: making the artifact, think time. It is
   * subtracted from the latency.
   */
  readonly excludedMs?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  readonly retries?: number;
}

/** What an operation is given. Each client has one context, which lives as long as the client. */
export interface OperationContext {
  /** 0-based, over all workers. */
  readonly client: number;
  /** How many operations this client has begun before this one. */
  readonly iteration: number;
  /**
   * A connection to the target: in a closed loop the client's own, in an open one any that is free,
   * lent for the operation and given back during a `pause`.
   */
  readonly http: HttpExchange;
  /** Seeded, this client's own: 0 <= x < 1. */
  random(): number;
  /**
   * Waits as a build would. This is not the target's time: it is subtracted from the latency (do
   * not add it to `excludedMs` too), and the operation's timeout moves by as much.
   */
  pause(ms: number): Promise<void>;
  /** Fresh in each run: part of every key that must be new. */
  readonly runId: string;
  /** Aborted when the run is over and the drain's time too. */
  readonly signal: AbortSignal;
}

/**
 * What one operation does, published under this name: implement it to drive a cache in a way of
 * your own. As an object it runs on the caller's thread; named by a {@link ScenarioModule} it runs
 * in all generator threads. A throw is counted as a failure: an `OperationFailure` as its kind,
 * anything else as `protocol`.
 */
export interface LoadTestScenario {
  readonly name: string;
  execute(context: OperationContext): Promise<OperationResult>;
}

/**
 * A custom scenario that each generator thread loads for itself, so that it runs on several cores:
 * `{ module: new URL('./my-scenario.js', import.meta.url) }`. The threads share no memory.
 */
export interface ScenarioModule {
  /** An absolute URL of a module that Node can import by itself; a text is read as a URL. */
  readonly module: URL | string;
  /**
   * The export that is the scenario: a {@link LoadTestScenario}, or a function without arguments
   * that returns one or a promise of one, called once per thread. Default: `default`.
   */
  readonly export?: string | undefined;
}

/** Whether a scenario is named by its module, and not there as an object. */
export function isScenarioModule(
  scenario: LoadTestScenario | ScenarioModule | undefined,
): scenario is ScenarioModule {
  return scenario !== undefined && 'module' in scenario;
}
