import {
  findCapacity,
  type LoadTestConfig,
  type LoadTestOptions,
  type ResolvedConfig,
  type RunResult,
  rampClients,
  type SuiteResult,
} from '../../../loadtest/index.ts';
import {
  capacityStepLine,
  capacityVerdict,
  rampStepLine,
  renderCapacity,
  renderScaling,
  scalingVerdict,
} from '../../../report/index.ts';
import type { ExitCode } from '../../shared/exit-codes.ts';
import { type Screen, styleFor } from '../../shared/screen.ts';
import type { LoadTestPlan } from './plan.ts';
import { deliver, exitCodeOf, withScreen } from './run.ts';
import { type RunWatch, unwatched } from './watch.ts';

/** Runs a search for the capacity, or a ramp over clients; reports it, and answers the exit code. */
export function runSeries(plan: LoadTestPlan, watch: RunWatch = unwatched): Promise<ExitCode> {
  return withScreen(plan, watch, async (options, screen) => {
    const result = await run(plan, options, screen, watch);
    screen.end();
    await deliver(plan, result, (style, closing) => {
      const isRamp = plan.series?.kind === 'ramp';
      if (plan.quiet) return (isRamp ? scalingVerdict : capacityVerdict)(result, style);
      return (isRamp ? renderScaling : renderCapacity)(result, style, closing);
    });
    watch.finished(result);
    return exitCodeOf(result.verdict.verdict, plan.strict);
  });
}

function run(
  plan: LoadTestPlan,
  options: LoadTestOptions,
  screen: Screen,
  watch: RunWatch,
): Promise<SuiteResult> {
  const series = plan.series!;
  // A scenario's own length is that of a run by itself; a step of a series has its own.
  const config: LoadTestConfig = {
    ...plan.scenarios[0]!.config,
    durationSecs: undefined,
    ...plan.overrides,
  };
  const style = styleFor(process.stderr);
  const begin = (title: string, step: ResolvedConfig, index: number): void => {
    // A log gets a line a step; a terminal sees each step go on as well.
    if (process.stderr.isTTY === true) screen.begin(title);
    watch.begin(step, index);
  };
  const end = (line: string, result: RunResult): void => {
    screen.end();
    watch.ended(result);
    if (!plan.quiet) process.stderr.write(`${line}\n`);
  };
  if (series.kind === 'ramp') {
    return rampClients(config, series.clients, {
      ...options,
      onStep: (step, index, total) => begin(`${step.name} (${index + 1} of ${total})`, step, index),
      onStepEnd: ({ result }) => end(rampStepLine(result, style), result),
    });
  }
  return findCapacity(config, series.capacity, {
    ...options,
    onStep: ({ attempt, config: step, index }) =>
      begin(`${step.name}${attempt > 1 ? `, try ${attempt}` : ''}`, step, index),
    onStepEnd: (step, result) => end(capacityStepLine(step, style), result),
  });
}
