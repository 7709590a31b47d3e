import { Command } from 'commander';
import {
  checkResultWritable,
  isSingleRun,
  mergeRuns,
  readResultFile,
  writeResultFile,
} from '../../../loadtest/internal.ts';
import { renderRun } from '../../../report/index.ts';
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
      const runs = [];
      for (const file of files) runs.push(await readRun(file));
      const result = await orCommandError((async () => mergeRuns(runs))());
      await orCommandError(writeResultFile(flags.output, result));
      const closing = [`Written to ${flags.output}`, ''];
      process.stdout.write(`${renderRun(result, styleFor(process.stdout), closing)}\n`);
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

async function readRun(file: string) {
  const read = await orCommandError(readResultFile(file));
  if (isSingleRun(read)) return { label: file, result: read.result };
  throw new CommandError(
    exitCodes.noAnswer,
    `${file} holds a series of runs: only single runs can be merged`,
  );
}
