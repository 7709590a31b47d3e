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
import { exitCodeHelp } from '../../shared/exit-codes.ts';
import { addFlagGroups, type FlagGroups, gitHubFlags } from '../../shared/flag-groups.ts';

/** What commander makes of the flags: texts as they were typed; what they may be is checked later, all at once. */
export type LoadTestFlags = FlagValues<AllOptions> & FlagValues<typeof searchOptions> & OwnFlags;

/** Flags that are not options of a run: the kind of series, and what to do with results. */
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
  readonly csv?: string;
  readonly benchmarkBigger?: string;
  readonly benchmarkSmaller?: string;
  readonly bencher?: string;
  readonly otlp?: string;
  readonly remoteWrite?: string;
  readonly github?: boolean;
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
    ['--ramp-clients <list>', 'closed loop at each of these client counts: 1,5,10,20,50,100,200'],
  ],
  'Target:': flagsOf(targetOptions),
  'Workload:': flagsOf(workloadOptions),
  'Verdict and output:': [
    ['--criteria <file>', 'YAML or JSON file with custom limits'],
    ['--strict', 'exit with 1 for INVESTIGATE too'],
    ['--output <file>', 'save the result as JSON'],
    ['--junit <file>', 'save the verdict as JUnit XML, for CI'],
    ['--markdown <file>', 'save the verdict as Markdown, for a CI job summary'],
    ['--csv <file>', 'save the time series as CSV, one row per second'],
    ['--benchmark-bigger <file>', 'throughput and hit rate for github-action-benchmark'],
    ['--benchmark-smaller <file>', 'latency and errors for github-action-benchmark'],
    ['--bencher <file>', "save the figures in Bencher's metric format"],
    ...gitHubFlags,
    ['--json', 'print the result as JSON to stdout, the report to stderr'],
    ['--quiet', 'hide progress, and of the report only the verdict'],
  ],
  'Live metrics:': [
    ['--otlp <url>', 'send metrics to an OpenTelemetry collector while it runs (OTLP/HTTP)'],
    ['--remote-write <url>', 'send metrics to a receiver of Prometheus remote write'],
  ],
  'Dashboard:': [
    ['--ui [port]', 'serve a live dashboard of the run (default: a free port)'],
    ['--ui-host <host>', 'address of the dashboard; it has no password (default 127.0.0.1)'],
    [
      '--ui-results <dir>',
      'directory of past runs to open and compare (default: that of --output, results or .)',
    ],
    ['--ui-keep', 'keep the dashboard until Ctrl-C, even without a terminal'],
  ],
};

const helpText = `
${exitCodeHelp({
  ok: 'PASS or INVESTIGATE',
  fail: 'FAIL',
  noAnswer: 'no target',
  void: 'VOID',
  inconclusive: 'inconclusive',
})} Ctrl-C ends a run early and reports what was measured.

Examples:
  memobuild loadtest
  memobuild loadtest --clients 20 --duration 60 --requests 100 --hit-rate 0.75 --output results.json
  memobuild loadtest --scenario heavy --scale 0.1
  memobuild loadtest --rate 500 --duration 30 --clients 50
  memobuild loadtest --find-capacity --output capacity.json
  memobuild loadtest --ramp-clients 1,5,10,20,50,100,200 --output ramp.json
  memobuild loadtest --target https://cache.example --protocol bazel --token-file token`;
