import { ConfigError, LoadTestError, type LoadTestErrorCode } from '../../loadtest/internal.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';

const codesOf: Readonly<Record<LoadTestErrorCode, ExitCode>> = {
  no_target: exitCodes.noAnswer,
  nothing_stored: exitCodes.noAnswer,
  no_room: exitCodes.usage,
  interrupted: exitCodes.interrupted,
  bad_scenario: exitCodes.usage,
  result_file: exitCodes.noAnswer,
  nothing_to_compare: exitCodes.usage,
  not_mergeable: exitCodes.noAnswer,
  machine: exitCodes.noAnswer,
};

/**
 * Awaits work of the load test and turns its errors into the exit codes of commands.
 * @param named replaces the library's options in a message by the flags that the user knows.
 * @throws {CommandError} for an error of the load test; any other error as it is.
 */
export async function orCommandError<T>(
  work: Promise<T>,
  named: (message: string) => string = (message) => message,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = exitCodeOfError(error);
    if (code === undefined || !(error instanceof Error)) throw error;
    throw new CommandError(code, named(error.message), { cause: error });
  }
}

function exitCodeOfError(error: unknown): ExitCode | undefined {
  if (error instanceof LoadTestError) return codesOf[error.code];
  return error instanceof ConfigError ? exitCodes.usage : undefined;
}
