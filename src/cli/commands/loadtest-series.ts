import { CommandError, type ExitCode, exitCodes } from '../../core/index.ts';
import {
  ConfigError,
  checkResultWritable,
  findCapacity,
  type LoadTestConfig,
  type LoadTestOptions,
  rampClients,
  type SuiteResult,
} from '../../loadtest/index.ts';
import {
  capacityStepLine,
  rampStepLine,
  renderCapacity,
  renderScaling,
} from '../../report/index.ts';
import type { LoadTestPlan } from './loadtest-plan.ts';
import { deliver, exitCodeOf, warnOfSharedTarget } from './loadtest-run.ts';
import { listenForInterrupt, orNoAnswer, Screen, styleFor } from './loadtest-screen.ts';
import { checkReportsWritable } from './report-files.ts';

/** Runs a search for the capacity, or a ramp over clients; reports it, and answers the exit code. */
export async function runSeries(plan: LoadTestPlan): Promise<ExitCode> {
  if (plan.output !== undefined) await orNoAnswer(checkResultWritable(plan.output));
  await checkReportsWritable(plan.reports);
  warnOfSharedTarget(plan);
  const screen = new Screen(plan.quiet);
  const interrupt = listenForInterrupt((text) => screen.note(text));
  const options: LoadTestOptions = {
    signal: interrupt.signal,
    criteria: plan.criteria,
    onProgress: (progress) => screen.update(progress),
  };
  try {
    const result = await run(plan, options, screen);
    screen.end();
    const render = plan.series?.kind === 'ramp' ? renderScaling : renderCapacity;
    await deliver(plan, result, (style, closing) => render(result, style, closing));
    return exitCodeOf(result.verdict.verdict, plan.strict);
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(exitCodes.usage, error.message);
    throw error;
  } finally {
    screen.end();
    interrupt.release();
  }
}

function run(plan: LoadTestPlan, options: LoadTestOptions, screen: Screen): Promise<SuiteResult> {
  const series = plan.series!;
  // A scenario's own length is that of a run by itself; a step of a series has its own.
  const config: LoadTestConfig = {
    ...plan.scenarios[0]!.config,
    durationSecs: undefined,
    ...plan.overrides,
  };
  const stepOver = (line: string): void => {
    screen.end();
    if (!plan.quiet) process.stderr.write(`${line}\n`);
  };
  // A log gets a line a step; a terminal sees each step go on as well.
  const begin = (title: string): void => {
    if (process.stderr.isTTY === true) screen.begin(title);
  };
  const style = styleFor(process.stderr);
  if (series.kind === 'ramp') {
    return rampClients(config, series.clients, {
      ...options,
      onStep: (clients, index, total) => begin(`${clients} clients (${index + 1} of ${total})`),
      onStepEnd: ({ result }) => stepOver(rampStepLine(result, style)),
    });
  }
  return findCapacity(config, series.capacity, {
    ...options,
    onStep: (rate, attempt) =>
      begin(`${rate.toLocaleString('en')} ops/s${attempt > 1 ? `, try ${attempt}` : ''}`),
    onStepEnd: (step) => stepOver(capacityStepLine(step, style)),
  });
}
