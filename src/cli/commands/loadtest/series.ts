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
import type { CapacityPlan, RampPlan } from './plan.ts';
import { deliver, exitCodeOf, withScreen } from './run.ts';
import { type RunWatch, unwatched } from './watch.ts';

/** Runs a search for the capacity, or a ramp over clients; reports it, and answers the exit code. */
export function runSeries(
  plan: CapacityPlan | RampPlan,
  watch: RunWatch = unwatched,
): Promise<ExitCode> {
  return withScreen(plan, watch, async (options, screen) => {
    const result = await run(plan, options, screen, watch);
    screen.end();
    await deliver(plan, result, (style, closing) => {
      const { verdict, render } = texts[plan.kind];
      return plan.quiet ? verdict(result, style) : render(result, style, closing);
    });
    watch.finished(result);
    return exitCodeOf(result.verdict.verdict, plan.strict);
  });
}

const texts = {
  capacity: { verdict: capacityVerdict, render: renderCapacity },
  ramp: { verdict: scalingVerdict, render: renderScaling },
};

function run(
  plan: CapacityPlan | RampPlan,
  options: LoadTestOptions,
  screen: Screen,
  watch: RunWatch,
): Promise<SuiteResult> {
  // A scenario's own length is that of a run by itself; a step of a series has its own.
  const config: LoadTestConfig = {
    ...plan.scenario.config,
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
  switch (plan.kind) {
    case 'ramp':
      return rampClients(config, plan.clients, {
        ...options,
        onStep: (step, index, total) =>
          begin(`${step.name} (${index + 1} of ${total})`, step, index),
        onStepEnd: ({ result }) => end(rampStepLine(result, style), result),
      });
    case 'capacity':
      return findCapacity(config, plan.capacity, {
        ...options,
        onStep: ({ attempt, config: step, index }) =>
          begin(`${step.name}${attempt > 1 ? `, try ${attempt}` : ''}`, step, index),
        onStepEnd: (step, result) => end(capacityStepLine(step, style), result),
      });
  }
}
