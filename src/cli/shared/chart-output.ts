import { type Stats, statSync } from 'node:fs';
import { extname } from 'node:path';
import { messageOf } from '../../core/index.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

/**
 * Checks what `--output` of charts names. A path that looks like a file of another kind is not created
 * as a directory, unless it already is one.
 * @throws {CommandError} `usage`.
 */
export function checkChartOutput(output: string): void {
  if (/\.(svg|png|html)$/i.test(output)) return;
  const stats = statsOf(output);
  if (stats?.isDirectory() === true) return;
  const isNameOfDirectory = extname(output) === '' || /[/\\]$/.test(output);
  // Where a file has the name of the directory, making the directory says so.
  if (isNameOfDirectory && (stats === undefined || stats.isFile())) return;
  throw new CommandError(
    exitCodes.usage,
    `--output must be a file that ends in .html, .svg or .png, or a directory (end a new directory's name with / if it has a dot); got ${output}`,
  );
}

/** `undefined` for what is not there, or can't be: below a file, say. Writing it names the reason. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** @returns the paths of what `write` wrote. @throws {CommandError} `noAnswer` when it cannot. */
export async function writtenCharts(
  output: string,
  write: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  try {
    return await write();
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `cannot write ${output}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
