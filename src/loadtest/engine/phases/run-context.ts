import type { ResolvedConfig } from '../../config/config.ts';
import type { LoadTestScenario, ScenarioModule } from '../../operation/operation.ts';
import type { Target } from '../../target/target.ts';
import type { ProgressReporter } from '../progress/progress-reporter.ts';
import type { GeneratorSampler } from '../sampling/generator-sampler.ts';
import type { ServerSampler } from '../sampling/server-sampler.ts';
import type { WorkerPool } from '../worker/pool.ts';
import type { SharedState } from '../worker/shared-state.ts';
import type { Inbox } from './inbox.ts';

/** What all phases of a run work with, from before its workers start. */
export interface RunContext {
  readonly config: ResolvedConfig;
  readonly runId: string;
  /** A user's own scenario; `undefined`: the built-in one. */
  readonly scenario: LoadTestScenario | ScenarioModule | undefined;
  readonly target: Target;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Artifacts in the working set. */
  readonly keys: number;
  readonly shared: SharedState;
  readonly server: ServerSampler;
  readonly generator: GeneratorSampler;
  readonly progress: ProgressReporter;
  /** Notes for the user beside the figures. Phases add to them. */
  readonly notes: string[];
}

/** The context of a phase in which the workers live. */
export interface WorkersContext extends RunContext {
  readonly pool: WorkerPool;
  readonly inbox: Inbox;
}
