import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { CommandError, type ExitCode, exitCodes, messageOf } from '../../core/index.ts';
import {
  type Checklist,
  ConfigError,
  findChecklist,
  type GateOutcome,
  type GateResult,
  readChecklistFile,
  releaseChecklists,
  runGate,
  writeResultFile,
} from '../../loadtest/index.ts';
import { renderGate, renderGateJUnit, renderGateMarkdown } from '../../report/index.ts';
import { listenForInterrupt, Screen, styleFor } from './loadtest-screen.ts';

interface GateFlags {
  readonly release?: string;
  readonly file?: string;
  readonly output: string;
  readonly quick?: boolean;
  readonly target?: string;
  readonly quiet?: boolean;
}

/** What `--quick` multiplies durations by: enough to see a row work, too little to release on. */
const quickScale = 0.05;

/** `memobuild gate`: measures every row of a release checklist. */
export function createCommand(): Command {
  const releases = releaseChecklists.map(({ name }) => name).join(' or ');
  return new Command('gate')
    .option('--release <name>', `the checklist of a release: ${releases}`)
    .option('--file <checklist>', 'a checklist of your own, YAML or JSON')
    .option('--output <dir>', 'where evidence, gate.json, gate.md and gate.xml go', 'gate')
    .option('--quick', 'shortened durations; the result is marked as no release decision')
    .option('--target <url>', 'a cache to measure (default: a server of its own)')
    .option('--quiet', 'no progress')
    .action(async (flags: GateFlags) => {
      process.exitCode = await run(flags);
    });
}

async function run(flags: GateFlags): Promise<ExitCode> {
  const checklist = await checklistOf(flags).catch(asUsage);
  await mkdir(flags.output, { recursive: true }).catch((error: unknown) => {
    throw new CommandError(
      exitCodes.noAnswer,
      `can't write to ${flags.output}: ${messageOf(error)}`,
      { cause: error },
    );
  });
  const screen = new Screen(flags.quiet === true);
  const interrupt = listenForInterrupt((text) => screen.note(text));
  try {
    const gate = await runGate(checklist, {
      signal: interrupt.signal,
      ...(flags.quick ? { scale: quickScale } : {}),
      ...(flags.target === undefined ? {} : { overrides: { target: flags.target } }),
      onRun: (scenario, index, total) => screen.begin(`${scenario} (${index + 1} of ${total})`),
      onProgress: (progress) => screen.update(progress),
      onRunEnd: () => screen.end(),
      keep: async (scenario, result) => {
        const name = `${scenario}.json`;
        await writeResultFile(join(flags.output, name), result);
        return name;
      },
    }).catch(asUsage);
    await writeReports(flags.output, gate);
    const closing = [`Evidence, gate.json, gate.md and gate.xml are in ${flags.output}`, ''];
    process.stdout.write(`${renderGate(gate, styleFor(process.stdout), closing)}\n`);
    return exitCodeOf[gate.outcome];
  } finally {
    screen.end();
    interrupt.release();
  }
}

const exitCodeOf: Readonly<Record<GateOutcome, ExitCode>> = {
  MET: exitCodes.ok,
  'NOT MET': exitCodes.fail,
  'NO ANSWER': exitCodes.noAnswer,
  INTERRUPTED: exitCodes.interrupted,
};

async function checklistOf({ release, file }: GateFlags): Promise<Checklist> {
  if ((release === undefined) === (file === undefined)) {
    throw new CommandError(exitCodes.usage, 'gate takes either --release or --file');
  }
  if (file !== undefined) return await readChecklistFile(file);
  const found = findChecklist(release ?? '');
  if (found === undefined) {
    const names = releaseChecklists.map(({ name }) => name).join(', ');
    throw new CommandError(exitCodes.usage, `--release takes one of ${names}; got ${release}`);
  }
  return found;
}

async function writeReports(dir: string, gate: GateResult): Promise<void> {
  await writeFile(join(dir, 'gate.json'), `${JSON.stringify(gate, null, 2)}\n`);
  await writeFile(join(dir, 'gate.md'), renderGateMarkdown(gate));
  await writeFile(join(dir, 'gate.xml'), renderGateJUnit(gate));
}

function asUsage(error: unknown): never {
  if (error instanceof ConfigError) {
    throw new CommandError(exitCodes.usage, error.message, { cause: error });
  }
  throw error;
}
