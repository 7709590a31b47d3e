import type { Command } from 'commander';
import {
  type AllOptions,
  type FlagValues,
  flagsOf,
  loadOptions,
  scenarioOptions,
  searchOptions,
  targetOptions,
  workloadOptions,
} from '../../../loadtest/config/options/index.ts';
import { addFlagGroups, type FlagGroups } from '../../shared/flag-groups.ts';

/** What commander makes of the flags: texts as they were typed; what they may be is checked later, all at once. */
export type LoadTestFlags = FlagValues<AllOptions> & FlagValues<typeof searchOptions> & OwnFlags;

/** Flags that are no option of a run: which runs there are, and what becomes of their results. */
interface OwnFlags {
  readonly scenarios?: true;
  readonly scenario?: string;
  readonly findCapacity?: true;
  readonly rampClients?: string;
  readonly criteria?: string;
  readonly strict?: true;
  readonly output?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly json?: true;
  readonly quiet?: true;
  /** `true`: given without a port. */
  readonly ui?: string | true;
  readonly uiHost?: string;
  readonly uiResults?: string;
  readonly uiKeep?: true;
}

/** Adds every flag of `memobuild loadtest`, in the groups that its help shows. */
export function addLoadTestFlags(command: Command): Command {
  addFlagGroups(command, groups);
  return command.addHelpText('after', helpText);
}

const groups: FlagGroups = {
  'Load:': flagsOf(loadOptions),
  'Scenarios:': [
    ['--scenarios', 'run the suite: light, standard, heavy, extreme, sustained (8.5 minutes)'],
    ['--scenario <name>', 'run one of these, or extreme-200, massive, or a YAML or JSON file'],
    ...flagsOf(scenarioOptions),
  ],
  'Capacity:': [
    ['--find-capacity', 'find the highest rate that meets the criteria (open loop)'],
    ...flagsOf(searchOptions),
    [
      '--ramp-clients <list>',
      'closed loop with one number of clients after another: 1,5,10,20,50,100,200',
    ],
  ],
  'Target:': flagsOf(targetOptions),
  'Workload:': flagsOf(workloadOptions),
  'Verdict and output:': [
    ['--criteria <file>', 'YAML or JSON with limits of your own'],
    ['--strict', 'INVESTIGATE ends with 1 too'],
    ['--output <file>', 'save the result as JSON'],
    ['--junit <file>', 'save the verdict as JUnit XML, for CI'],
    ['--markdown <file>', 'save the verdict as Markdown, for the page of a CI job'],
    ['--json', 'print the result as JSON on stdout, the report on stderr'],
    ['--quiet', 'no progress, and of the report only the verdict'],
  ],
  'Dashboard:': [
    ['--ui [port]', 'a page in the browser that shows the run as it goes (default: a free port)'],
    ['--ui-host <host>', 'address of the page; it asks for no password (default 127.0.0.1)'],
    [
      '--ui-results <dir>',
      "past runs to open and compare (default: --output's folder, results or .)",
    ],
    ['--ui-keep', 'keep the page after the run, until Ctrl-C, also where there is no terminal'],
  ],
};

const helpText = `
Ends with 0 for PASS and INVESTIGATE, 1 for FAIL, 2 for wrong usage, 3 for no answer (no target, a
VOID run), 130 when interrupted. Ctrl-C ends a run early and reports what was measured.

Examples:
  memobuild loadtest
  memobuild loadtest --clients 20 --duration 60 --requests 100 --hit-rate 0.75 --output results.json
  memobuild loadtest --scenario heavy --scale 0.1
  memobuild loadtest --rate 500 --duration 30 --clients 50
  memobuild loadtest --find-capacity --output capacity.json
  memobuild loadtest --ramp-clients 1,5,10,20,50,100,200 --output ramp.json
  memobuild loadtest --target https://cache.example --protocol bazel --token-file token`;
