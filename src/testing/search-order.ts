import type { Operation } from '../loadtest/history/check/operation.ts';

/**
 * Whether some order of the operations on one register explains what was read: tries all of them.
 * For a dozen operations; the checker that it is compared with finds the same by another way.
 */
export function hasOrder(operations: readonly Operation[]): boolean {
  const dead = new Set<string>();
  const search = (left: readonly Operation[], value: string | undefined): boolean => {
    // What is left unanswered may never have happened.
    if (left.every(({ kind, outcome }) => kind === 'write' && outcome !== 'ok')) return true;
    const state = `${left.map((operation) => operations.indexOf(operation)).join()}|${value}`;
    if (dead.has(state)) return false;
    const found = left.some((next) => {
      // Nothing that ended before it began may come after it.
      if (left.some((other) => other !== next && endOf(other) < next.invokedMs)) return false;
      const rest = left.filter((other) => other !== next);
      if (next.kind === 'write') {
        return next.outcome !== 'failed' && search(rest, next.value);
      }
      const read = next.outcome === 'value' ? next.value : undefined;
      return read === value && search(rest, value);
    });
    if (!found) dead.add(state);
    return found;
  };
  return search(operations, undefined);
}

function endOf({ outcome, endedMs }: Operation): number {
  return outcome === 'unknown' || outcome === 'failed' ? Number.POSITIVE_INFINITY : endedMs;
}
