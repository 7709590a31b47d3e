import { Command } from 'commander';
import { ResultFileError, readResultFile, runsOf } from '../../../loadtest/internal.ts';
import { chartGroupsOf, chartIdsOf, type NamedResult, writePlots } from '../../../report/index.ts';
import { checkChartOutput, writtenCharts } from '../../shared/chart-output.ts';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';

/** `memobuild plot`: pictures and a report from result files. */
export function createCommand(): Command {
  return new Command('plot')
    .argument(
      '<RESULT.json...>',
      'result files; with two runs, the first is the baseline of the second',
    )
    .requiredOption(
      '--output <PATH>',
      'a directory for everything, or a single FILE.html, FILE.svg or FILE.png',
    )
    .option('--chart <NAME>', 'draw only this chart (an unknown name lists them all)')
    .addHelpText(
      'after',
      `
Examples:
  memobuild plot results.json --output plots/
  memobuild plot results.json --output report.html
  memobuild plot baseline.json current.json --output latency.png --chart latency-over-time`,
    )
    .action(async (files: string[], options: { output: string; chart?: string }) => {
      if (options.chart !== undefined && !/\.(svg|png)$/i.test(options.output)) {
        throw new CommandError(
          exitCodes.usage,
          `--chart needs an --output that ends in .svg or .png; got ${options.output}`,
        );
      }
      checkChartOutput(options.output);
      const groups = chartGroupsOf(withOperations(await readAll(files)));
      const names = chartIdsOf(groups);
      if (options.chart !== undefined && !names.includes(options.chart)) {
        throw new CommandError(
          exitCodes.usage,
          `--chart must be one of ${names.join(', ')}; got ${options.chart}`,
        );
      }
      const written = await writtenCharts(options.output, () =>
        writePlots(groups, options.output, options.chart),
      );
      process.stdout.write(`${written.join('\n')}\n`);
    });
}

/** The results that have something to draw; the others are named on stderr. @throws {CommandError} `noAnswer` for none. */
function withOperations(results: readonly NamedResult[]): readonly NamedResult[] {
  const isEmpty = ({ read }: NamedResult): boolean =>
    runsOf(read).every(({ operations }) => operations.total === 0);
  const names = results.filter(isEmpty).map(({ file }) => file);
  if (names.length === results.length) {
    throw new CommandError(
      exitCodes.noAnswer,
      `${names.join(', ')}: nothing to draw: no operation ended in the run`,
    );
  }
  for (const name of names) {
    process.stderr.write(`memobuild: ${name}: left out: no operation ended in the run\n`);
  }
  return results.filter((result) => !isEmpty(result));
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
