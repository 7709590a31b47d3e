import {
  BuildCacheOperation,
  type BuildCacheOptions,
} from '../../operation/build-cache-operation.ts';
import type { KeyedOperation } from '../../operation/keyed-operation.ts';
import { ReplayOperation } from '../../replay/replay-operation.ts';
import type { ReplayPlan } from '../../replay/replay-plan.ts';

/** What each operation of a run does unless it has a custom scenario: a step of a build, or of a trace. */
export function createBuiltInOperation(
  plan: ReplayPlan | undefined,
  options: BuildCacheOptions,
): KeyedOperation {
  return plan === undefined
    ? new BuildCacheOperation(options)
    : new ReplayOperation({ ...options, plan });
}
