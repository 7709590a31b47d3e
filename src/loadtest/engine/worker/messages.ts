import type { ResolvedConfig } from '../../config/config.ts';
import type { WorkerWindow } from '../../metrics/window-recorder.ts';
import type { ScenarioReference } from '../../operation/load-scenario.ts';
import type { ReplayPlan } from '../../replay/replay-plan.ts';
import type { EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { SharedState } from './shared-state.ts';

/** What a worker is made of: plain data, so that it can be handed to a thread. */
export interface WorkerSetup {
  /** 0-based. */
  readonly worker: number;
  readonly workers: number;
  readonly config: ResolvedConfig;
  readonly replay: ReplayPlan | undefined;
  readonly endpoint: EndpointConfig;
  readonly runId: string;
  /** The id in the keys of the working set; differs from `runId` where several runs share one. */
  readonly workingSetId: string;
  /** Whether the working set stays on the target when this run cleans up. */
  readonly keepsWorkingSet: boolean;
  readonly shared: SharedState;
  /** Sizes of the working set's artifacts, by rank. */
  readonly sizes: Float64Array;
  readonly windowMs: number;
  /** A custom scenario that the thread loads. */
  readonly scenario: ScenarioReference | undefined;
}

/** From the coordinator. Instants are of the shared clock. */
export type WorkerCommand =
  /** Store this worker's part of the working set. */
  | { readonly kind: 'warm'; readonly untilMs: number }
  /** Run, then drain. */
  | { readonly kind: 'run'; readonly startMs: number; readonly drainMs: number }
  /** Send nothing more; drain for this long. */
  | { readonly kind: 'stop'; readonly drainMs: number }
  /** Remove what this worker stored. */
  | { readonly kind: 'clean'; readonly untilMs: number }
  | { readonly kind: 'close' };

/** From a worker. */
export type WorkerMessage =
  | {
      readonly kind: 'ready';
      /** The name of a custom scenario. */
      readonly scenario?: string | undefined;
      /** Why a custom scenario can't be loaded: then it is ready for nothing. */
      readonly badScenario?: string | undefined;
    }
  | { readonly kind: 'warmed'; readonly timedOut: boolean }
  | { readonly kind: 'window'; readonly window: WorkerWindow }
  /** Nothing more is sent, because of this. */
  | { readonly kind: 'sent'; readonly reason: 'requests' | 'duration' | 'max_stored' | 'stopped' }
  | {
      readonly kind: 'drained';
      readonly unfinished: number;
      readonly oldestAgeMs: number;
      /** When its last operation ended. */
      readonly endMs: number;
      readonly rereadsLeft: number;
    }
  | { readonly kind: 'cleaned'; readonly left: number }
  | { readonly kind: 'loop_delay'; readonly p99Ms: number; readonly maxMs: number }
  | { readonly kind: 'note'; readonly text: string };
