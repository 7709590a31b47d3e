import { messageOf, systemCodeOf, TemporaryDirectoryError } from '../core/index.ts';

/**
 * A configuration that cannot run, or a scenario, criteria or trace file that cannot be used. Thrown
 * before anything is started. `problems` names each key that is wrong and what it takes.
 */
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
  /** The target can't be started or reached, rejects a lookup, or is not a cache. */
  | 'no_target'
  /** The warm-up stored none of its artifacts. */
  | 'nothing_stored'
  /** The bounds on stored bytes leave no room for one artifact. */
  | 'no_room'
  /** The signal was aborted before there was anything to measure. */
  | 'interrupted'
  /** The module of a custom scenario can't be loaded, or exports no scenario by that name. */
  | 'bad_scenario'
  /** A result file can't be read or written: a `ResultFileError`, whose `problem` says why. */
  | 'result_file'
  /** There is nothing to compare: a side without a run. */
  | 'nothing_to_compare'
  /** Results of generators that did not drive one load at the same time. */
  | 'not_mergeable'
  /** The machine refused what a run needs: a temporary directory, room on the disk, a process. */
  | 'machine';

/**
 * A load test that could not begin, or had nothing to work on. `code` says why, and the message
 * says it for the user. What the library throws is this or a {@link ConfigError}; an error that a
 * listener of yours throws (`onProgress`, …) reaches you as it is.
 */
export class LoadTestError extends Error {
  override readonly name: string = 'LoadTestError';
  readonly code: LoadTestErrorCode;

  constructor(code: LoadTestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Awaits work on files and processes. @throws {LoadTestError} `machine` for an error of the system; any other as it is. */
export async function namingMachineErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TemporaryDirectoryError) {
      throw new LoadTestError('machine', error.message, { cause: error });
    }
    // Node's own codes (`ERR_…`) are mistakes of a program, not of the machine.
    if (systemCodeOf(error)?.startsWith('ERR_') !== false) throw error;
    const message = `the machine refused what the run needs: ${messageOf(error)}`;
    throw new LoadTestError('machine', message, { cause: error });
  }
}
