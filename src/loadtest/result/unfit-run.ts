import type { RunResult } from './model/run.ts';

/** A run that says nothing about the target: neither a comparison nor a checklist may use it. */
export interface Unfit {
  readonly why: 'void' | 'interrupted' | 'workers_lost' | 'max_stored' | 'no_operation';
  /** In a sentence. */
  readonly reason: string;
}

/** `undefined`: the run cannot be identified. */
export function unfitnessOf({
  verdict,
  complete,
  stop_reason: stopped,
  operations,
}: RunResult): Unfit | undefined {
  if (verdict.verdict === 'INTERRUPTED' || stopped === 'interrupted') {
    return { why: 'interrupted', reason: 'the run was interrupted' };
  }
  if (verdict.verdict === 'VOID') {
    const reasons = verdict.reasons.join('; ') || 'no reason given';
    return { why: 'void', reason: `the run is VOID: ${reasons}` };
  }
  if (!complete) {
    return {
      why: 'workers_lost',
      reason: 'the run is incomplete: generator workers were lost',
    };
  }
  if (stopped === 'max_stored') {
    return {
      why: 'max_stored',
      reason: 'the run ended early: it reached its storage limit',
    };
  }
  if (operations.total === 0) {
    return { why: 'no_operation', reason: 'the run holds no operation' };
  }
  return undefined;
}
