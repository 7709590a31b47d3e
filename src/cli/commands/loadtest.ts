import { Command } from 'commander';
import { exitCodes } from '../../core/index.ts';
import { addLoadTestFlags, type LoadTestFlags } from './loadtest-flags.ts';

/** `memobuild loadtest`: runs what the flags ask for and ends with the verdict's exit code. */
export function createCommand(): Command {
  return addLoadTestFlags(new Command('loadtest'))
    .showHelpAfterError('memobuild loadtest --help lists every flag and what it takes')
    .action(async (flags: LoadTestFlags) => {
      // Loaded here, so that --help need not wait for the engine.
      const { planLoadTest } = await import('./loadtest-plan.ts');
      const { runPlan } = await import('./loadtest-run.ts');
      const exitCode = await runPlan(await planLoadTest(flags));
      if (exitCode !== exitCodes.ok) process.exitCode = exitCode;
    });
}
