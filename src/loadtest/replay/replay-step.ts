/** What a step of a replay does. `exists` asks without reading. */
export type ReplayOperation = (typeof replayOperations)[number];

const replayOperations = ['read', 'exists', 'write', 'delete'] as const;

/** A key of a replay: one of those stored before it starts (their rank), or one that is not. */
export interface ReplayKey {
  readonly kind: 'warm' | 'new';
  readonly number: number;
}

export interface ReplayStep extends ReplayKey {
  readonly operation: ReplayOperation;
}

/** A step as one number, so that a queue of them is a list of numbers. */
export function encodeStep({ operation, kind, number }: ReplayStep): number {
  return (number * 2 + (kind === 'warm' ? 1 : 0)) * 4 + replayOperations.indexOf(operation);
}

export function decodeStep(code: number): ReplayStep {
  const slot = Math.floor(code / 4);
  return {
    operation: replayOperations[code % 4]!,
    kind: slot % 2 === 1 ? 'warm' : 'new',
    number: Math.floor(slot / 2),
  };
}

/** Names a step's key among all keys. */
export function slotOf(code: number): number {
  return Math.floor(code / 4);
}

/** A planned step: when it is due at the trace's own speed, and its code. Both 64-bit floats. */
export const stepBytes = 16;
