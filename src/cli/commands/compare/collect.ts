import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, makeTemporaryDirectory, messageOf } from '../../../core/index.ts';
import { compareFiles, type LoadedResult, runsOf } from '../../../loadtest/internal.ts';
import { CommandError, type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { handArguments } from '../../shared/handed-arguments.ts';
import { listenForInterrupt } from '../../shared/interrupt.ts';
import { checkReportsWritable } from '../../shared/report-files.ts';
import { loadResults, reportComparison } from './files.ts';
import type { CollectPlan } from './plan.ts';
import { ownProgram, readSide, type Side, sideEnvironment } from './side.ts';

/** Makes the runs that are to be compared, A B B A in turn, compares them, prints the answer. */
export async function compareCollected(plan: CollectPlan): Promise<ExitCode> {
  const next = await readSide(plan.new);
  await checkReportsWritable(plan.reports);
  const kept = await openOutput(plan.output);
  // From now on, a signal ends the run under way, and what it started, before us.
  const interrupt = listenForInterrupt();
  try {
    const runs = new Collector(plan, kept.dir, interrupt.signal);
    const { base } = plan;
    // Files that cannot be read are reported before hours are spent.
    const known = base.kind === 'files' ? await loadResults(base.files) : [];
    const from = base.kind === 'side' ? await readSide(base.side) : undefined;
    const collected: { base: LoadedResult[]; new: LoadedResult[] } = { base: [...known], new: [] };
    for (const which of turns(plan.repeat, from !== undefined)) {
      const side = which === 'base' ? from! : next;
      collected[which].push(await runs.run(which, side, plan.repeat));
    }
    const exitCode = await reportComparison(
      compareFiles(collected.base, collected.new, plan.options),
      plan,
    );
    if (plan.output !== undefined) process.stderr.write(`the runs are kept in ${plan.output}\n`);
    return exitCode;
  } finally {
    interrupt.release();
    await kept.release();
  }
}

/** Base and new in turn, each pair the other way round than the one before: a drift of the machine hits both alike. */
function turns(repeat: number, both: boolean): ('base' | 'new')[] {
  return Array.from({ length: repeat }, (_, pair): ('base' | 'new')[] => {
    if (!both) return ['new'];
    return pair % 2 === 0 ? ['base', 'new'] : ['new', 'base'];
  }).flat();
}

/** Runs `memobuild loadtest` in a process of its own each time, so that no run warms the next one up. */
class Collector {
  readonly #plan: CollectPlan;
  readonly #dir: string;
  readonly #signal: AbortSignal;
  readonly #made = { base: 0, new: 0 };
  #spareRuns: number;

  constructor(plan: CollectPlan, dir: string, signal: AbortSignal) {
    this.#plan = plan;
    this.#dir = dir;
    this.#signal = signal;
    // A run that the machine invalidated is repeated, but not forever.
    this.#spareRuns = plan.repeat;
  }

  /** @throws {CommandError} `noAnswer` where a side has no run, `interrupted` after Ctrl-C. */
  async run(which: 'base' | 'new', side: Side, of: number): Promise<LoadedResult> {
    this.#made[which] += 1;
    const number = String(this.#made[which]).padStart(2, '0');
    const path = join(this.#dir, `${which}-${number}.json`);
    for (;;) {
      process.stderr.write(`${which} ${this.#made[which]} of ${of}: ${side.name}\n`);
      await rm(path, { force: true });
      try {
        await runLoadTest(side, path, this.#plan.loadTestArgs, this.#signal);
      } catch (error) {
        // The result of an interrupted run is not part of the comparison.
        await rm(path, { force: true });
        throw error;
      }
      const [result] = await loadResults([path]);
      if (!isVoid(result!) || this.#spareRuns === 0) return result!;
      this.#spareRuns -= 1;
      process.stderr.write('  the run is VOID: repeating it\n');
    }
  }
}

function isVoid({ read }: LoadedResult): boolean {
  return runsOf(read).some(({ verdict }) => verdict.verdict === 'VOID');
}

async function runLoadTest(
  side: Side,
  path: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const own = ['--output', path, '--quiet', '--no-github'];
  const all = ['loadtest', ...side.args, ...args, ...own];
  const child = spawn(process.execPath, [ownProgram], {
    // Its report is not part of ours; its error messages are shown to the user.
    stdio: ['ignore', 'ignore', 'inherit'],
    env: handArguments(all, sideEnvironment(side)),
  });
  // It may have had the terminal's Ctrl-C already; a second one makes it stop at once, as intended.
  const stop = (): void => {
    child.kill('SIGINT');
  };
  signal.addEventListener('abort', stop);
  const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  signal.removeEventListener('abort', stop);
  if (signal.aborted || code === exitCodes.interrupted) {
    throw new CommandError(exitCodes.interrupted, 'interrupted: nothing was compared');
  }
  if (code === exitCodes.usage) {
    throw new CommandError(exitCodes.usage, 'memobuild loadtest rejected the arguments after --');
  }
  if (code === null) {
    throw new CommandError(
      exitCodes.noAnswer,
      `the run against ${side.name} was ended by ${killedBy}`,
    );
  }
}

async function openOutput(
  output: string | undefined,
): Promise<{ readonly dir: string; release(): Promise<void> }> {
  if (output === undefined) {
    const dir = makeTemporaryDirectory('memobuild-compare-');
    return { dir, release: () => rm(dir, { recursive: true, force: true }) };
  }
  try {
    makeDirectory(output);
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `cannot create ${output}: ${messageOf(error)}`);
  }
  return { dir: output, release: () => Promise.resolve() };
}
