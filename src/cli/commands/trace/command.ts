import { Command } from 'commander';
import { parseSize } from '../../../core/index.ts';
import { checkChartOutput, writtenCharts } from '../../shared/chart-output.ts';
import { CommandError, exitCodeHelp, exitCodes } from '../../shared/exit-codes.ts';
import { orCommandError } from '../../shared/load-test-errors.ts';

/** `memobuild trace`: what a recorded trace says. */
export function createCommand(): Command {
  return new Command('trace').addCommand(statsCommand()).exitOverride();
}

function statsCommand(): Command {
  return new Command('stats')
    .description('how large a cache must be: hit rates by size, and the growth of the working set')
    .argument('<TRACE>', 'a file that memobuild serve --record wrote')
    .option(
      '--max-size <sizes>',
      'cache sizes, such as 1GiB,10GiB (default: up to the working set)',
    )
    .option('--output <PATH>', 'charts: a directory, or a FILE.svg, FILE.png or FILE.html')
    .option('--json', 'print JSON')
    .option('--exact', 'simulate every key, however many there are')
    .addHelpText('after', helpText)
    .exitOverride()
    .action(async (trace: string, flags: StatsFlags) => await printStats(trace, flags));
}

interface StatsFlags {
  readonly maxSize?: string;
  readonly output?: string;
  readonly json?: true;
  readonly exact?: true;
}

const helpText = `
${exitCodeHelp({ ok: 'done', noAnswer: 'the charts cannot be written' })}

Examples:
  memobuild trace stats team.trace
  memobuild trace stats team.trace --max-size 5GiB,10GiB,20GiB --output sizes.svg`;

async function printStats(trace: string, flags: StatsFlags): Promise<void> {
  const sizesBytes = flags.maxSize === undefined ? undefined : readSizes(flags.maxSize);
  const { output } = flags;
  if (output !== undefined) checkChartOutput(output);
  const { analyseTrace } = await import('../../../loadtest/internal.ts');
  const { renderTraceStats, traceChartsOf, writePlots } = await import('../../../report/index.ts');
  const { styleFor } = await import('../../shared/screen.ts');
  const keysMax = flags.exact === true ? Number.POSITIVE_INFINITY : undefined;
  const stats = await orCommandError(analyseTrace(trace, { sizesBytes, keysMax }));
  const text =
    flags.json === true
      ? JSON.stringify(stats, null, 2)
      : renderTraceStats(stats, styleFor(process.stdout));
  process.stdout.write(`${text}\n`);
  if (output === undefined) return;
  const written = await writtenCharts(output, () => writePlots(traceChartsOf(stats), output));
  process.stderr.write(`Written: ${written.join(', ')}\n`);
}

function readSizes(list: string): number[] {
  return list.split(',').map((text) => {
    const bytes = parseSize(text);
    if (bytes !== undefined && bytes > 0) return bytes;
    throw new CommandError(
      exitCodes.usage,
      `--max-size must be sizes above 0 such as 1GiB,10GiB; got ${list}`,
    );
  });
}
