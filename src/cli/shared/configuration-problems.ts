import { ConfigError } from '../../config/index.ts';
import { SettingsError } from '../../server/index.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/** Turns the problems of a configuration into the end of the command. @throws {CommandError} */
export async function wrongUsage<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof SettingsError)) throw error;
    const { problems } = error;
    const text =
      problems.length === 1
        ? problems[0]!
        : `${problems.length} problems in the configuration\n${problems.map((one) => `  - ${one}`).join('\n')}`;
    throw new CommandError(exitCodes.usage, text, { cause: error });
  }
}
