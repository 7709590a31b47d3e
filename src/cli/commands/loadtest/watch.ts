import type {
  Progress,
  ResolvedConfig,
  RunResult,
  SuiteResult,
} from '../../../loadtest/internal.ts';

/** Somebody besides the terminal who follows a load test: the dashboard. */
export interface RunWatch {
  /** A run begins, the `index`th of those planned. */
  begin(config: ResolvedConfig, index: number): void;
  update(progress: Progress): void;
  /** The run that began last has ended. */
  ended(result: RunResult): void;
  /** All of it is over and was reported. */
  finished(verdict: SuiteResult['verdict']): void;
}

/** Nobody. */
export const unwatched: RunWatch = {
  begin: () => undefined,
  update: () => undefined,
  ended: () => undefined,
  finished: () => undefined,
};
