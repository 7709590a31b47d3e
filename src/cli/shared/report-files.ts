import { messageOf } from '../../core/index.ts';
import { checkResultWritable, writeWholeFile } from '../../loadtest/internal.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { orCommandError } from './load-test-errors.ts';

/** The paths given to flags such as `--junit`, by the names of reports; `undefined`: none is requested. */
export type ReportFiles<Name extends string = 'junit' | 'markdown'> = Readonly<
  Record<Name, string | undefined>
>;

/** Finds out before the run whether they can be written. @throws {CommandError} `noAnswer`. */
export async function checkReportsWritable(files: ReportFiles<string>): Promise<void> {
  for (const path of Object.values(files)) {
    if (path !== undefined) await orCommandError(checkResultWritable(path));
  }
}

/**
 * Writes the requested ones. @param signal ends the wait for a pipe's reader. @throws {CommandError} `noAnswer`, naming each that can't be written.
 */
export async function writeReports<Name extends string>(
  files: ReportFiles<Name>,
  render: Readonly<Record<Name, () => string>>,
  signal?: AbortSignal,
): Promise<void> {
  const problems: string[] = [];
  for (const name of Object.keys(files) as Name[]) {
    const [path, text] = [files[name], render[name]];
    if (path === undefined) continue;
    // One that fails must not cost the user the other.
    await writeWholeFile(path, text(), { signal }).catch((error: unknown) =>
      problems.push(messageOf(error)),
    );
  }
  if (problems.length > 0) throw new CommandError(exitCodes.noAnswer, problems.join('\n'));
}

/** Files that would overwrite each other, one problem each. */
export function outputsThatMeet(outputs: Readonly<Record<string, string | undefined>>): string[] {
  const given = Object.entries(outputs).filter(([, path]) => path !== undefined);
  return given.flatMap(([flag, path], index) =>
    given
      .slice(0, index)
      .filter(([, other]) => other === path && !path?.startsWith('/dev/'))
      .map(([other]) => `${other} and ${flag} name the same file, ${path}`),
  );
}
