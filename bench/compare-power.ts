// node --import tsx bench/compare-power.ts: does `memobuild compare --interleave` call equal builds a
// regression, and does it see a server that was slowed? Trials of the real command over real runs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { programPath, repositoryRoot } from '../src/testing/program.ts';
import { makeSlowCheckout } from '../src/testing/slow-checkout.ts';
import { describeMachine } from './framework/machine.ts';

const usage = `node --import tsx bench/compare-power.ts [--trials 20] [--pairs 6] [--duration 3] [--clients 8] [--busy-us 60] [--json FILE]

  --trials   of each kind: equal builds, and base against a slowed server
  --pairs    interleaved pairs of runs in a trial
  --busy-us  CPU that the slowed server burns for each request
  --json     where the figures go (default bench/results/compare-power.json), after each trial
`;

/** What one row of a comparison's JSON says, as far as it is counted here. */
interface Row {
  readonly metric: string;
  readonly change: number | null;
  readonly smallest_detectable: number | null;
  readonly verdict: string;
}

/** Whose changes are summed up. */
const comparedHere = ['throughput', 'p50_latency', 'p95_latency', 'p99_latency', 'server_cpu'];

interface Trial {
  readonly kind: 'equal' | 'slowed';
  readonly exitCode: number | null;
  readonly answer: string;
  readonly tookSecs: number;
  readonly rows: readonly Row[];
}

let interrupted = false;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      trials: { type: 'string', default: '20' },
      pairs: { type: 'string', default: '6' },
      duration: { type: 'string', default: '3' },
      clients: { type: 'string', default: '8' },
      'busy-us': { type: 'string', default: '60' },
      json: { type: 'string', default: join(repositoryRoot, 'bench/results/compare-power.json') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const dir = await mkdtemp(join(tmpdir(), 'memobuild-power-'));
  const slowed = join(dir, 'slowed');
  await makeSlowCheckout(slowed, { busyUs: Number(values['busy-us']) });
  const load = ['--clients', values.clients, '--duration', values.duration, '--requests', '0'];
  const workload = [...load, '--working-set', '100', '--size', '4KiB'];
  const trials: Trial[] = [];
  try {
    // The two kinds in turn: a machine that is busier later is so for both.
    for (let trial = 0; trial < Number(values.trials); trial += 1) {
      for (const kind of ['equal', 'slowed'] as const) {
        const next = kind === 'equal' ? repositoryRoot : slowed;
        trials.push(await runTrial(kind, next, values.pairs, workload));
        await save(values.json, { settings: values, workload, trials });
        process.stderr.write(`${describe(trials)}\n`);
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  process.stdout.write(`${describe(trials)}\n`);
  const { falseAlarms, found, count } = tally(trials);
  return falseAlarms <= 0.15 * count && found >= 0.95 * count ? 0 : 1;
}

async function runTrial(
  kind: Trial['kind'],
  next: string,
  pairs: string,
  workload: readonly string[],
): Promise<Trial> {
  const startedMs = performance.now();
  const args = ['compare', '--interleave', repositoryRoot, next, '--repeat', pairs];
  const child = spawn(
    process.execPath,
    [programPath, ...args, '--format', 'json', '--', ...workload],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  // Whoever ends the bench ends the trial under way, and with it its servers.
  const handOn = (signal: NodeJS.Signals): void => {
    child.kill(signal);
    interrupted = true;
  };
  process.once('SIGINT', handOn).once('SIGTERM', handOn);
  const [output, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  process.off('SIGINT', handOn).off('SIGTERM', handOn);
  if (interrupted) throw new Error('interrupted');
  const report = JSON.parse(output) as {
    answer: string;
    comparisons: readonly { rows: readonly Row[] }[];
  };
  return {
    kind,
    exitCode,
    answer: report.answer,
    tookSecs: Math.round((performance.now() - startedMs) / 1000),
    rows: report.comparisons[0]!.rows.map(({ metric, change, smallest_detectable, verdict }) => ({
      metric,
      change,
      smallest_detectable,
      verdict,
    })),
  };
}

async function save(
  path: string,
  measured: { settings: object; workload: readonly string[]; trials: readonly Trial[] },
): Promise<void> {
  const { trials } = measured;
  await mkdir(dirname(path), { recursive: true });
  const value = { ...tally(trials), machine: describeMachine([]), ...measured };
  await writeFile(path, `${JSON.stringify(value, null, 1)}\n`);
}

function tally(trials: readonly Trial[]): {
  count: number;
  falseAlarms: number;
  found: number;
  medians: Record<string, Record<string, number | null>>;
} {
  const of = (kind: Trial['kind']): readonly Trial[] => trials.filter((one) => one.kind === kind);
  const regressions = (kind: Trial['kind']): number =>
    of(kind).filter(({ exitCode }) => exitCode === 1).length;
  const medians: Record<string, Record<string, number | null>> = {};
  for (const kind of ['equal', 'slowed'] as const) {
    medians[kind] = {};
    for (const metric of comparedHere) {
      const rows = of(kind).flatMap(({ rows: all }) => all.filter((row) => row.metric === metric));
      medians[kind][`${metric}_change`] = median(rows.map(({ change }) => change));
      medians[kind][`${metric}_smallest_told`] = median(
        rows.map(({ smallest_detectable: smallest }) => smallest),
      );
    }
  }
  return {
    count: of('slowed').length,
    falseAlarms: regressions('equal'),
    found: regressions('slowed'),
    medians,
  };
}

function median(values: readonly (number | null)[]): number | null {
  const known = values.flatMap((value) => value ?? []).sort((a, b) => a - b);
  return known.length === 0 ? null : Math.round(10 * known[known.length >> 1]!) / 10;
}

function describe(trials: readonly Trial[]): string {
  const { falseAlarms, found, count, medians } = tally(trials);
  const equal = trials.length - count;
  return `equal builds called a regression: ${falseAlarms} of ${equal}; slowed server called one: ${found} of ${count} (throughput ${medians.slowed?.throughput_change} %, smallest told ${medians.slowed?.throughput_smallest_told} %)`;
}
