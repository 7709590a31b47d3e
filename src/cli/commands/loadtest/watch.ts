import type {
  Progress,
  ResolvedConfig,
  RunResult,
  SuiteResult,
} from '../../../loadtest/internal.ts';

/** Follows a load test in addition to the terminal, as the dashboard does. */
export interface RunWatch {
  /** A run begins, the `index`th of those planned. */
  begin(config: ResolvedConfig, index: number): void;
  update(progress: Progress): void;
  /** The run that began last has ended. */
  ended(result: RunResult): void;
  /** All of it is over and was reported. */
  finished(verdict: SuiteResult['verdict']): void;
}

/** Several followers as one. */
export function watchTogether(first: RunWatch, second: RunWatch): RunWatch {
  return {
    begin: (config, index) => {
      first.begin(config, index);
      second.begin(config, index);
    },
    update: (progress) => {
      first.update(progress);
      second.update(progress);
    },
    ended: (result) => {
      first.ended(result);
      second.ended(result);
    },
    finished: (verdict) => {
      first.finished(verdict);
      second.finished(verdict);
    },
  };
}

/** Follows nothing. */
export const unwatched: RunWatch = {
  begin: () => undefined,
  update: () => undefined,
  ended: () => undefined,
  finished: () => undefined,
};
