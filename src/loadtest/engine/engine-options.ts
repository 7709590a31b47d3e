import type { ResolvedConfig } from '../config/config.ts';
import type { LoadTestScenario, ScenarioModule } from '../operation/operation.ts';
import type { ReplayPlan } from '../replay/replay-plan.ts';
import type { EngineSession } from './engine-session.ts';
import type { FinishEarly } from './phases/deadlines.ts';
import type { ProgressListener } from './progress/progress.ts';

/** What a run is started with. */
export interface EngineOptions {
  readonly config: ResolvedConfig;
  /** A user's own operation. An object runs on the caller's thread. There is no warm-up. */
  readonly scenario?: LoadTestScenario | ScenarioModule | undefined;
  /** The trace's steps, where the configuration names one. */
  readonly replay?: ReplayPlan | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly signal: AbortSignal;
  /** A target, and a working set, that outlive the run. Default: the run has its own. */
  readonly session?: EngineSession | undefined;
  /** Ends the sending before its time is over, as if it were. */
  readonly finish?: FinishEarly | undefined;
  /** Another entry for the generator threads: for tests. */
  readonly workerEntry?: URL | undefined;
}
