import { Command } from 'commander';
import { type ExitCode, exitCodes } from '../../shared/exit-codes.ts';
import { addLoadTestFlags, type LoadTestFlags } from './flags.ts';
import { type RunWatch, watchTogether } from './watch.ts';

/** `memobuild loadtest`: runs what the flags ask for and ends with the verdict's exit code. */
export function createCommand(): Command {
  return addLoadTestFlags(new Command('loadtest'))
    .showHelpAfterError('memobuild loadtest --help lists every flag')
    .action(async (flags: LoadTestFlags) => {
      // Loaded here, so that --help need not wait for the engine.
      const { planLoadTest } = await import('./plan.ts');
      const { planDashboard, withDashboard } = await import('./dashboard.ts');
      const { planLiveMetrics, withLiveMetrics } = await import('./live-metrics.ts');
      const dashboard = planDashboard(flags);
      const metrics = planLiveMetrics(flags);
      const plan = await planLoadTest(flags);
      const { runPlan } = await import('./run.ts');
      const { runSeries } = await import('./series.ts');
      const run = (watch: RunWatch): Promise<ExitCode> => {
        switch (plan.kind) {
          case 'run':
          case 'suite':
            return runPlan(plan, watch);
          case 'capacity':
          case 'ramp':
            return runSeries(plan, watch);
        }
      };
      const exitCode = await withLiveMetrics(metrics, (sinks) =>
        dashboard === undefined
          ? run(sinks)
          : withDashboard(dashboard, plan, (page) => run(watchTogether(page, sinks))),
      );
      if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
    });
}
