import {
  findCapacity,
  type LoadTestConfig,
  type LoadTestOptions,
  type LoadTestResult,
  type ResolvedConfig,
  type RunResult,
  rampClients,
} from '../../../loadtest/internal.ts';
import {
  capacityStepLine,
  capacityVerdict,
  rampStepLine,
  renderCapacity,
  renderScaling,
  type Style,
  scalingVerdict,
} from '../../../report/index.ts';
import { type ExitCode, exitCodeOfVerdict } from '../../shared/exit-codes.ts';
import { isScreen, type Screen, styleFor } from '../../shared/screen.ts';
import type { CapacityPlan, RampPlan } from './plan.ts';
import { deliver, withScreen } from './run.ts';
import { type RunWatch, unwatched } from './watch.ts';

/** Runs a capacity search, or a ramp over clients; reports it, and returns the exit code. */
export function runSeries(
  plan: CapacityPlan | RampPlan,
  watch: RunWatch = unwatched,
): Promise<ExitCode> {
  return withScreen(plan, watch, async (options, screen) => {
    const { loaded, render } = await run(plan, options, stepsOn(plan, screen, watch));
    screen.end();
    await deliver(plan, loaded, render, options.signal);
    const { verdict } = loaded.result;
    watch.finished(verdict);
    return exitCodeOfVerdict(verdict.verdict, plan);
  });
}

/** The outcome of a series, and how it is reported. */
interface FinishedSeries {
  readonly loaded: LoadTestResult;
  readonly render: (style: Style, closing: readonly string[]) => string;
}

async function run(
  plan: CapacityPlan | RampPlan,
  options: LoadTestOptions,
  steps: StepView,
): Promise<FinishedSeries> {
  // A scenario's own length is that of a run by itself; a step of a series has its own.
  const config: LoadTestConfig = {
    ...plan.scenario.config,
    durationSecs: undefined,
    ...plan.overrides,
  };
  const style = styleFor(process.stderr);
  switch (plan.kind) {
    case 'ramp': {
      const loaded = await rampClients(config, plan.clients, {
        ...options,
        onStep: (step, index, total) =>
          steps.begin(`${step.name} (${index + 1} of ${total})`, step, index),
        onStepEnd: (step) => steps.end(rampStepLine(step.result, style), step.result),
      });
      const { result } = loaded;
      return {
        loaded,
        render: plan.quiet
          ? (to) => scalingVerdict(result, to)
          : (to, closing) => renderScaling(result, to, closing),
      };
    }
    case 'capacity': {
      const loaded = await findCapacity(config, plan.capacity, {
        ...options,
        onStep: ({ attempt, config: step, index }) =>
          steps.begin(`${step.name}${attempt > 1 ? `, try ${attempt}` : ''}`, step, index),
        onStepEnd: (step, held) => steps.end(capacityStepLine(step, style), held),
      });
      const { result } = loaded;
      return {
        loaded,
        render: plan.quiet
          ? (to) => capacityVerdict(result, to)
          : (to, closing) => renderCapacity(result, to, closing),
      };
    }
  }
}

/** Where the steps of a series are shown. */
interface StepView {
  begin(title: string, config: ResolvedConfig, index: number): void;
  end(line: string, result: RunResult): void;
}

function stepsOn(plan: CapacityPlan | RampPlan, screen: Screen, watch: RunWatch): StepView {
  return {
    begin: (title, config, index) => {
      // A log gets one line per step; a terminal also shows each step's progress.
      if (isScreen(process.stderr)) screen.begin(title);
      watch.begin(config, index);
    },
    end: (line, result) => {
      screen.end();
      watch.ended(result);
      if (!plan.quiet) process.stderr.write(`${line}\n`);
    },
  };
}
