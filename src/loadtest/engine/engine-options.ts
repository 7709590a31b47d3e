import type { ResolvedConfig } from '../config/config.ts';
import type { LoadTestScenario } from '../scenario/scenario.ts';
import type { ProgressListener } from './progress.ts';

/** What a run is started with. */
export interface EngineOptions {
  readonly config: ResolvedConfig;
  /** A user's own operation. It runs on the caller's thread, and there is no warm-up. */
  readonly scenario?: LoadTestScenario | undefined;
  readonly onProgress?: ProgressListener | undefined;
  readonly signal: AbortSignal;
  /** Another entry for the generator threads: for tests. */
  readonly workerEntry?: URL | undefined;
}
