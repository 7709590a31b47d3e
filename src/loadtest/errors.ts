/** A configuration that cannot run. `problems` names each key that is wrong and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : problems.map((line) => `- ${line}`).join('\n'));
    this.problems = problems;
  }
}

/** Why a load test with a valid configuration measured nothing. */
export type LoadTestErrorCode =
  /** The target can't be started or reached, refuses a lookup, or is not a cache. */
  | 'no_target'
  /** The warm-up stored none of its artifacts. */
  | 'nothing_stored'
  /** The bounds on stored bytes leave no room for one artifact. */
  | 'no_room'
  /** The signal was aborted before there was anything to measure. */
  | 'interrupted';

/** A load test that could not begin. The message says why, for the user. */
export class LoadTestError extends Error {
  override readonly name = 'LoadTestError';
  readonly code: LoadTestErrorCode;

  constructor(code: LoadTestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
