import { Command } from 'commander';
import {
  checkResultWritable,
  isSingleRun,
  type LoadTestResult,
  mergeRuns,
  mergeSuites,
  type ResultOf,
  readResultFile,
  runResultOf,
  writeResultFile,
} from '../../../loadtest/internal.ts';
import { renderRun, renderSuite } from '../../../report/index.ts';
import {
  CommandError,
  exitCodeHelp,
  exitCodeOfVerdict,
  exitCodes,
} from '../../shared/exit-codes.ts';
import { orCommandError } from '../../shared/load-test-errors.ts';
import { styleFor } from '../../shared/screen.ts';

/** `memobuild merge`: one result of those of several generators. */
export function createCommand(): Command {
  return new Command('merge')
    .argument('<RESULT.json...>', 'results of generators that drove one target at the same time')
    .requiredOption('--output <FILE>', 'where to save the merged result')
    .option('--strict', 'exit with 1 for INVESTIGATE too')
    .addHelpText('after', helpText)
    .action(async (files: readonly string[], flags: { output: string; strict?: true }) => {
      await orCommandError(checkResultWritable(flags.output));
      const read: ReadFile[] = [];
      for (const file of files) {
        read.push({ label: file, loaded: await orCommandError(readResultFile(file)) });
      }
      const merged = await orCommandError((async () => merge(read))());
      const { result } = merged;
      await orCommandError(writeResultFile(flags.output, result));
      const closing = [`Written to ${flags.output}`, ''];
      const style = styleFor(process.stdout);
      const text =
        merged.kind === 'suite'
          ? renderSuite(merged.result, style, closing)
          : renderRun(merged.result, style, closing);
      process.stdout.write(`${text}\n`);
      const exitCode = exitCodeOfVerdict(result.verdict.verdict, { strict: flags.strict === true });
      if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
    });
}

const helpText = `
${exitCodeHelp({
  ok: 'PASS or INVESTIGATE',
  fail: 'FAIL',
  noAnswer: 'a file cannot be read, or the runs do not belong together',
  void: 'a generator was VOID',
})}

Example:
  memobuild merge gen-1.json gen-2.json --output all.json`;

interface ReadFile {
  readonly label: string;
  readonly loaded: LoadTestResult;
}

/** Merges single runs, or suites scenario by scenario. */
function merge(files: readonly ReadFile[]): ResultOf<'run' | 'replay' | 'suite'> {
  const refusals = files.flatMap(({ label, loaded: { kind } }) =>
    kind === 'capacity' || kind === 'scaling' ? [`${label} ${unmergeable[kind]}`] : [],
  );
  if (refusals.length > 0) throw new CommandError(exitCodes.noAnswer, refusals.join('\n'));
  const runs = files.flatMap(({ label, loaded }) =>
    isSingleRun(loaded) ? [{ label, result: loaded.result }] : [],
  );
  const suites = files.flatMap(({ label, loaded }) =>
    loaded.kind === 'suite' ? [{ label, result: loaded.result }] : [],
  );
  if (suites.length === 0) return runResultOf(mergeRuns(runs));
  if (runs.length === 0) return { kind: 'suite', result: mergeSuites(suites) };
  throw new CommandError(
    exitCodes.noAnswer,
    `${runs[0]!.label} holds one run and ${suites[0]!.label} a suite: merge runs with runs, and suites with suites`,
  );
}

const unmergeable = {
  capacity:
    'holds a capacity search, whose rates depend on what that generator alone measured: give each generator its share of one --rate, and merge those runs',
  scaling:
    'holds a client ramp, whose law is fitted to what that generator alone measured: give each generator its share of --clients, and merge those runs',
} satisfies Partial<Record<LoadTestResult['kind'], string>>;
