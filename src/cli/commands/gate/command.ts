import { Command } from 'commander';
import { flagsOf, targetOptions } from '../../../loadtest/config/options/index.ts';
import { exitCodes } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups } from '../../shared/flag-groups.ts';
import type { GateFlags } from './plan.ts';

/** `memobuild gate`: runs a checklist, measures each row, and ends with what it comes to. */
export function createCommand(): Command {
  const command = new Command('gate').usage('--release <version> | --file <checklist>');
  addFlagGroups(command, groups);
  return command.addHelpText('after', helpText).action(async (flags: GateFlags) => {
    // Loaded here, so that --help need not wait for the engine.
    const { planGate } = await import('./plan.ts');
    const { runGatePlan } = await import('./run.ts');
    const exitCode = await runGatePlan(await planGate(flags));
    if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
  });
}

const groups: FlagGroups = {
  'Checklist:': [
    ['--release <version>', 'the checklist of a release: v0.2.0 or v1.0.0'],
    ['--file <checklist>', 'a YAML or JSON file with rows of your own'],
  ],
  'How long:': [
    ['--quick', 'a twentieth of the durations; no release decision'],
    ['--scale <factor>', 'multiply durations by another factor; no release decision either'],
  ],
  'Target:': flagsOf(targetOptions, {
    target: 'a cache to test (default: a server of its own for each scenario)',
    protocol: 'as of memobuild loadtest (default memobuild)',
    maxStoredBytes: 'each run stores no more than this (default 1GiB with --target)',
    serverArgs: 'for the servers of its own: an argument of memobuild serve; repeatable',
  }),
  'Output:': [
    ['--output <dir>', 'for results, gate.json, gate.md and gate.xml (default ./gate)'],
    ['--json', 'print the outcome as JSON on stdout, the table on stderr'],
    ['--quiet', 'no progress'],
  ],
};

const helpText = `
Every row is measured; none can be ticked by hand. Ends with 0 when all rows are met, 1 when one is
not met or could not be run, 2 for wrong usage, 3 when nothing failed but a run was VOID or had no
target, 130 when interrupted.

Examples:
  memobuild gate --release v0.2.0
  memobuild gate --release v0.2.0 --quick
  memobuild gate --file checklist.yaml --target https://cache.example --token-file token`;
