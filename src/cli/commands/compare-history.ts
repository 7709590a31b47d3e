import { CommandError, type ExitCode, exitCodes } from '../../core/index.ts';
import type { HistoryPlan } from './compare-plan.ts';

export async function compareWithHistory(plan: HistoryPlan): Promise<ExitCode> {
  throw new CommandError(exitCodes.usage, `${plan.kind} is not there yet`);
}
