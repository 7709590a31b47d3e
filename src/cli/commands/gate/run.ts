import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, messageOf, writeOutputFile } from '../../../core/index.ts';
import {
  checkResultWritable,
  type GateOutcome,
  type GateResult,
  type GateRun,
  type RunResult,
  runGate,
  writeResultFile,
} from '../../../loadtest/internal.ts';
import {
  annotateGate,
  renderGate,
  renderGateJUnit,
  renderGateMarkdown,
} from '../../../report/index.ts';
import {
  CommandError,
  type ExitCode,
  exitCodeOfVerdict,
  exitCodes,
} from '../../shared/exit-codes.ts';
import { reportToGitHub } from '../../shared/github.ts';
import { orCommandError } from '../../shared/load-test-errors.ts';
import { withRunFrame } from '../../shared/run-frame.ts';
import { reportStream, styleFor } from '../../shared/screen.ts';
import type { GatePlan } from './plan.ts';

/** Runs the checklist, keeps its evidence, prints the rows, and returns the exit code. */
export async function runGatePlan(plan: GatePlan): Promise<ExitCode> {
  await prepare(plan.output);
  const unwritten: string[] = [];
  return withRunFrame(plan, async ({ screen, signal }) => {
    const gate = await runGate(plan.checklist, {
      overrides: plan.overrides,
      scale: plan.scale,
      signal,
      onRun: (scenario, index, total) => screen.begin(`${scenario} (${index + 1} of ${total})`),
      onProgress: (progress) => screen.update(progress),
      onRunEnd: (run) => {
        screen.end();
        if (!plan.quiet) process.stderr.write(`${lineOf(run)}\n`);
      },
      keep: (scenario, result) => keep(plan.output, scenario, result, unwritten),
    });
    screen.end();
    await deliver(plan, gate, unwritten);
    return exitCodeOf(gate.outcome);
  });
}

/**
 * Files of an earlier gate must not lie next to new evidence; whether a file can be written shows
 * before the runs.
 */
async function prepare(dir: string): Promise<void> {
  try {
    makeDirectory(dir);
    for (const name of Object.values(reportNames)) await rm(join(dir, name), { force: true });
  } catch (error) {
    throw new CommandError(exitCodes.noAnswer, `cannot write ${dir}: ${messageOf(error)}`);
  }
  await orCommandError(checkResultWritable(join(dir, reportNames.json)));
}

const reportNames = { json: 'gate.json', markdown: 'gate.md', junit: 'gate.xml' } as const;

/** A disk that filled up meanwhile must not cost the user the answer. */
async function keep(
  dir: string,
  scenario: string,
  result: RunResult,
  unwritten: string[],
): Promise<string | undefined> {
  const name = `${scenario.replace(/[^\w.-]+/g, '-').replace(/^\.+/, '')}.json`;
  try {
    await writeResultFile(join(dir, name), result);
    return name;
  } catch (error) {
    unwritten.push(messageOf(error));
    return undefined;
  }
}

async function deliver(
  { output, json, github }: GatePlan,
  gate: GateResult,
  unwritten: string[],
): Promise<void> {
  const text = `${JSON.stringify(gate, null, 2)}\n`;
  const reports = [
    [reportNames.json, text],
    [reportNames.markdown, renderGateMarkdown(gate)],
    [reportNames.junit, renderGateJUnit(gate)],
  ] as const;
  for (const [name, content] of reports) {
    await writeOutputFile(join(output, name), content).catch((error: unknown) => {
      unwritten.push(`cannot write ${join(output, name)}: ${messageOf(error)}`);
    });
  }
  const stream = reportStream(json);
  const closing = unwritten.length > 0 ? [] : [`Evidence, gate.json, gate.md, gate.xml: ${output}`];
  stream.write(`${renderGate(gate, styleFor(stream), closing)}\n`);
  if (json) process.stdout.write(text);
  await reportToGitHub(github, {
    annotation: annotateGate(gate),
    markdown: () => renderGateMarkdown(gate),
  });
  if (unwritten.length > 0) throw new CommandError(exitCodes.noAnswer, unwritten.join('\n'));
}

function lineOf({ scenario, result, problem }: GateRun): string {
  if (result === undefined) return `${scenario}: ${problem?.text ?? 'no answer'}`;
  return `${scenario}: ${result.verdict.verdict}`;
}

function exitCodeOf(outcome: GateOutcome): ExitCode {
  switch (outcome) {
    case 'MET':
      return exitCodes.ok;
    case 'NOT MET':
      return exitCodes.fail;
    case 'NO ANSWER':
    case 'VOID':
    case 'INCONCLUSIVE':
    case 'INTERRUPTED':
      return exitCodeOfVerdict(outcome, { strict: true });
  }
}
