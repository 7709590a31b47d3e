import { CommandError, type ExitCode, exitCodes } from '../../core/index.ts';
import type { CollectPlan } from './compare-plan.ts';

export async function compareCollected(plan: CollectPlan): Promise<ExitCode> {
  throw new CommandError(exitCodes.usage, `${plan.kind} is not there yet`);
}
