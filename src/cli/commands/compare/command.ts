import { Command } from 'commander';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups } from '../../shared/flag-groups.ts';
import { type CompareFlags, planComparison } from './plan.ts';

/** `memobuild compare`: files against files, builds against builds, or a run against a history. */
export function createCommand(): Command {
  const command = new Command('compare')
    .usage('[options] BASE.json NEW.json')
    .argument('[files...]')
    .addHelpText('after', helpText);
  addFlagGroups(command, groups);
  return command.action(async (operands: readonly string[], flags: CompareFlags) => {
    const plan = planComparison(operands, flags, loadTestArguments(process.argv));
    const exitCode = await runComparison(plan);
    if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
  });
}

/** Loaded when it is known which is asked for: a comparison of files needs no servers. */
async function runComparison(plan: ReturnType<typeof planComparison>): Promise<number> {
  switch (plan.kind) {
    case 'files':
      return (await import('./files.ts')).compareResultFiles(plan);
    case 'collect':
      return (await import('./collect.ts')).compareCollected(plan);
    case 'history':
      return (await import('./history.ts')).compareWithHistory(plan);
    default:
      throw new CommandError(exitCodes.usage, 'compare takes two result files');
  }
}

/** What stands behind `--`: it is for memobuild loadtest. */
function loadTestArguments(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--');
  return dashes < 0 ? [] : argv.slice(dashes + 1);
}

const groups: FlagGroups = {
  'Files:': [
    ['--base <files...>', 'several runs as base; with --new, instead of the two operands'],
    ['--new <files...>', 'several runs as new'],
    ['--force', "compare what isn't alike, and say so"],
  ],
  'Runs of its own:': [
    [
      '--interleave <sides...>',
      'two sides, each a checkout or the URL of a server: A B B A … in turn',
    ],
    ['--repeat <n>', 'runs of each side (default 6); with --base alone: runs of new'],
    ['--output <dir>', 'keep the result files there'],
  ],
  'History:': [
    ['--history <dir>', 'keep the run given there, by commit, and find changes over all of them'],
  ],
  'Judgement and output:': [
    ['--threshold <percent>', 'of throughput and latency (default 10)'],
    ['--success-threshold <points>', 'of the success rate (default 1)'],
    ['--hit-rate-threshold <points>', 'of the hit rate (default 5)'],
    ['--memory-threshold <percent>', "of the server's memory (default 20)"],
    ['--strict', 'a primary metric of which nothing can be told ends with 3'],
    ['--format <form>', 'text, markdown or json (default text)'],
    ['--junit <file>', 'save the answer as JUnit XML too, for CI'],
    ['--markdown <file>', 'save it as Markdown too, for the page of a CI job'],
  ],
};

const helpText = `
Ends with 0 where no regression was found, 1 for a regression, 2 for wrong usage, 3 where the runs
can't be compared or tell too little, 130 when interrupted.

Examples:
  memobuild compare base.json new.json
  memobuild compare --base base-*.json --new new-*.json --format markdown
  memobuild compare --interleave ../main . --repeat 6 -- --clients 20 --duration 10 --requests 0
  memobuild compare --base base-*.json --repeat 6 -- --clients 20 --duration 10 --requests 0
  memobuild compare --history bench/history new.json`;
