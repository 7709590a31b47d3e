import type { Command } from 'commander';
import { accessFlags, addFlagGroups, type FlagGroups } from '../../shared/flag-groups.ts';

/** What commander makes of the flags: texts as they were typed; what they may be is checked later, all at once. */
export interface LoadTestFlags {
  readonly clients?: string;
  readonly duration?: string;
  readonly requests?: string;
  readonly hitRate?: string;
  readonly output?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly scenarios?: true;
  readonly scenario?: string;
  readonly scale?: string;
  readonly findCapacity?: true;
  readonly startRate?: string;
  readonly maxRate?: string;
  readonly stepDuration?: string;
  readonly resolution?: string;
  readonly searchTime?: string;
  readonly rampClients?: string;
  readonly target?: string;
  readonly protocol?: string;
  readonly instance?: string;
  readonly header?: readonly string[];
  readonly headerFile?: string;
  readonly tokenFile?: string;
  readonly bearerEnv?: string;
  readonly basicEnv?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecureTls?: true;
  readonly serverArg?: readonly string[];
  readonly serverProgram?: string;
  readonly rate?: string;
  readonly stages?: string;
  readonly replay?: string;
  readonly speed?: string;
  readonly maxInFlight?: string;
  readonly timeout?: string;
  readonly workers?: string;
  readonly warmup?: string;
  readonly seed?: string;
  readonly workingSet?: string;
  readonly workingSetBytes?: string;
  readonly size?: string;
  readonly keys?: string;
  readonly buildTime?: string;
  readonly reread?: string;
  readonly retries?: string;
  readonly maxStored?: string;
  readonly criteria?: string;
  readonly strict?: true;
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
  'Load:': [
    ['--clients <n>', 'concurrent clients (default 10)'],
    ['--duration <s>', 'seconds, or 500ms, 5m (default 60)'],
    ['--requests <n>', 'operations a client, 0 = no cap (default 100; with --rate 0)'],
    ['--hit-rate <share>', 'share of look-ups that are to hit, 0 to 1 (default 0.75)'],
    ['--rate <ops>', 'open loop: operations a second, 500 or a ramp, 100..500'],
    ['--stages <list>', "open loop in stages: '10s@100,30s@100..500,10s@500'"],
    [
      '--max-in-flight <n>',
      'open loop: under way at once, beyond it dropped (default 10 s of the rate)',
    ],
    ['--replay <trace>', 'open loop: what memobuild serve --record wrote, at its times'],
    ['--speed <factor>', 'how many times as fast as it was recorded (default 1)'],
    ['--timeout <s>', 'bound of one operation (default 30)'],
    ['--retries <n>', 'further attempts of a failed request, counted (default 0)'],
  ],
  'Scenarios:': [
    ['--scenarios', 'run the suite: light, standard, heavy, extreme, sustained (8.5 minutes)'],
    ['--scenario <name>', 'run one of these, or extreme-200, massive, or a YAML or JSON file'],
    ['--scale <factor>', 'multiply durations, 0.1 for a quick look; recorded'],
  ],
  'Capacity:': [
    ['--find-capacity', 'find the highest rate that meets the criteria (open loop)'],
    ['--start-rate <ops>', 'the first and lowest rate (default 50)'],
    ['--max-rate <ops>', 'the highest (default 100000)'],
    ['--step-duration <s>', 'hold a rate this long, at most three times as long (default 5)'],
    ['--resolution <share>', 'end when the answer is this narrow, 0.05 = 5 % (default 0.05)'],
    ['--search-time <s>', 'begin no further rate after this (default 15m)'],
    [
      '--ramp-clients <list>',
      'closed loop with one number of clients after another: 1,5,10,20,50,100,200',
    ],
  ],
  'Target:': [
    ['--target <url>', 'a cache to test (default: a server of its own, on a free port)'],
    [
      '--protocol <name>',
      'memobuild (default), bazel, reapi, turborepo, nx, gradle, ccache, redis or generic',
    ],
    ...accessFlags,
    ['--server-arg <arg>', 'for the server of its own: an argument of memobuild serve; repeatable'],
    ['--server-program <file>', 'bin/memobuild.js of another checkout: its server is tested'],
    [
      '--max-stored <size>',
      'the run stores no more than this (default 1GiB; no limit on its own server)',
    ],
  ],
  'Workload:': [
    ['--size <sizes>', "1KiB, or with weights 1KiB:80,64KiB:20 (default: a build cache's)"],
    ['--keys <how>', 'zipf, zipf:1.1 or uniform over the working set (default zipf:0.99)'],
    ['--working-set <n>', 'keys stored before the run (default 1000)'],
    ['--working-set-bytes <size>', 'and their bytes at most (default 256MiB)'],
    ['--warmup <s>', 'time in which they must be stored (default 120)'],
    ['--build-time <ms>', 'think time of a missed step; 50ms, 2s; plain: ms (default 0)'],
    ['--reread <share>', 'share of acknowledged writes asked for again (default 0.05)'],
    ['--seed <n>', 'of everything random (default 1)'],
    ['--workers <n>', 'generator threads (default: half the cores)'],
  ],
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
