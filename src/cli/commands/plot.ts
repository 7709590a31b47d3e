import { Command } from 'commander';
import { CommandError, exitCodes, messageOf } from '../../core/index.ts';
import { ResultFileError, readResultFile } from '../../loadtest/index.ts';
import { chartGroupsOf, chartIdsOf, type NamedResult, writePlots } from '../../report/index.ts';

/** `memobuild plot`: pictures and a report from result files. */
export function createCommand(): Command {
  return new Command('plot')
    .argument(
      '<RESULT.json...>',
      'result files; two runs: the first is drawn as the baseline of the second',
    )
    .requiredOption(
      '--output <PATH>',
      'a directory for everything, or one FILE.html, FILE.svg or FILE.png',
    )
    .option('--chart <NAME>', 'for one picture: which (an unknown name lists them)')
    .addHelpText(
      'after',
      `
Examples:
  memobuild plot results.json --output plots/
  memobuild plot results.json --output report.html
  memobuild plot baseline.json current.json --output latency.png --chart latency-over-time`,
    )
    .action(async (files: string[], options: { output: string; chart?: string }) => {
      const groups = chartGroupsOf(await readAll(files));
      const names = chartIdsOf(groups);
      if (names.length === 0) {
        throw new CommandError(exitCodes.noAnswer, `${files.join(', ')}: there is nothing to draw`);
      }
      if (options.chart !== undefined && !names.includes(options.chart)) {
        throw new CommandError(
          exitCodes.usage,
          `--chart takes one of ${names.join(', ')}; got ${options.chart}`,
        );
      }
      if (/\.(jpe?g|pdf|gif|webp)$/i.test(options.output)) {
        throw new CommandError(
          exitCodes.usage,
          `--output takes a directory, or a file that ends in .html, .svg or .png; got ${options.output}`,
        );
      }
      const written = await writePlots(groups, options.output, options.chart).catch(
        (error: unknown) => {
          throw new CommandError(
            exitCodes.noAnswer,
            `can't write ${options.output}: ${messageOf(error)}`,
            { cause: error },
          );
        },
      );
      process.stdout.write(`${written.join('\n')}\n`);
    });
}

async function readAll(files: readonly string[]): Promise<NamedResult[]> {
  const results: NamedResult[] = [];
  for (const file of files) {
    try {
      results.push({ file, read: await readResultFile(file) });
    } catch (error) {
      if (!(error instanceof ResultFileError)) throw error;
      throw new CommandError(exitCodes.noAnswer, error.message, { cause: error });
    }
  }
  return results;
}
