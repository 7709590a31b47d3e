import { Command } from 'commander';
import { flagsOf, targetOptions } from '../../../loadtest/config/options/index.ts';
import { exitCodeHelp, exitCodes } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups, gitHubFlags } from '../../shared/flag-groups.ts';
import type { GateFlags } from './plan.ts';

/** `memobuild gate`: runs a checklist, measures each row, and ends with the outcome. */
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
    ['--file <checklist>', 'a custom checklist, YAML or JSON'],
  ],
  'Duration:': [
    ['--quick', 'shorten durations to a twentieth; not a release decision'],
    ['--scale <factor>', 'multiply durations by this factor; not a release decision'],
  ],
  'Target:': flagsOf(targetOptions, {
    target: 'the cache to test (default: start a server per scenario)',
    protocol: 'as for memobuild loadtest (default memobuild)',
    maxStoredBytes: 'limit on the bytes that each run stores (default 1GiB with --target)',
    serverArgs: 'argument of memobuild serve, for the servers that the gate starts; repeatable',
  }),
  'Output:': [
    ['--output <dir>', 'directory for results, gate.json, gate.md and gate.xml (default ./gate)'],
    ...gitHubFlags,
    ['--json', 'print the outcome as JSON to stdout, the table to stderr'],
    ['--quiet', 'hide progress'],
  ],
};

const helpText = `
Every row is measured; none can be ticked by hand. ${exitCodeHelp({
  ok: 'all rows met',
  fail: 'a row not met or not run',
  noAnswer: 'no row failed, but a run had no target',
  void: 'no row failed, but a run was VOID',
  inconclusive: 'no row failed, but one has too little data',
})}

Examples:
  memobuild gate --release v0.2.0
  memobuild gate --release v0.2.0 --quick
  memobuild gate --file checklist.yaml --target https://cache.example --token-file token`;
