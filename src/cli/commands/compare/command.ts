import { Command } from 'commander';
import { CommandError, exitCodeHelp, exitCodes } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups, gitHubFlags } from '../../shared/flag-groups.ts';
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

/** Loaded once the kind of comparison is known: a comparison of files needs no servers. */
async function runComparison(plan: ReturnType<typeof planComparison>): Promise<number> {
  switch (plan.kind) {
    case 'files':
      return (await import('./files.ts')).compareResultFiles(plan);
    case 'collect':
      return (await import('./collect.ts')).compareCollected(plan);
    case 'history':
      return (await import('./history.ts')).compareWithHistory(plan);
    default:
      throw new CommandError(exitCodes.usage, 'compare needs two result files');
  }
}

/** The arguments after `--`, for memobuild loadtest. */
function loadTestArguments(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--');
  return dashes < 0 ? [] : argv.slice(dashes + 1);
}

const groups: FlagGroups = {
  'Files:': [
    ['--base <files...>', 'several runs as base; with --new, instead of the two operands'],
    ['--new <files...>', 'several runs as new'],
    ['--force', 'compare even if configurations differ; the output is marked FORCED'],
  ],
  'Measuring:': [
    [
      '--interleave <sides...>',
      'two sides, each a checkout or a server URL, run in turn: A B B A …',
    ],
    ['--repeat <n>', 'runs per side (default 6); with --base alone: runs of new'],
    ['--output <dir>', 'directory in which to keep the result files'],
  ],
  'History:': [
    [
      '--history <dir>',
      'add the given run and find level changes over all runs; with --base and --new: take run-to-run variation from these runs',
    ],
  ],
  'Judgement and output:': [
    ['--threshold <percent>', 'threshold for throughput and latency (default 10)'],
    ['--success-threshold <points>', 'threshold for the success rate (default 1)'],
    ['--hit-rate-threshold <points>', 'threshold for the hit rate (default 5)'],
    ['--memory-threshold <percent>', "threshold for the server's memory (default 20)"],
    ['--strict', 'the default: inconclusive if one primary metric is'],
    ['--no-strict', 'one conclusive primary metric is enough; the answer names it'],
    ['--format <form>', 'text, markdown or json (default text)'],
    ['--junit <file>', 'also save the result as JUnit XML, for CI'],
    ['--markdown <file>', 'also save it as Markdown, for a CI job summary'],
    ...gitHubFlags,
  ],
};

const helpText = `
${exitCodeHelp({
  ok: 'no regression',
  fail: 'regression',
  noAnswer: 'not comparable, or a file cannot be read',
  void: 'a run is VOID',
  inconclusive: 'inconclusive',
})}

Examples:
  memobuild compare base.json new.json
  memobuild compare --base base-*.json --new new-*.json --format markdown
  memobuild compare --interleave ../main . --repeat 6 -- --clients 20 --duration 10 --requests 0
  memobuild compare --base base-*.json --repeat 6 -- --clients 20 --duration 10 --requests 0
  memobuild compare --history bench/history new.json`;
