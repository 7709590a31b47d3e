import type {
  Operation,
  ReadOperation,
  WriteOperation,
} from '../loadtest/history/check/operation.ts';
import { createRandom, type Random } from '../loadtest/statistics/random.ts';
import type { SimulatedHistory } from './simulate-history.ts';

/** Each changes one operation, so that no order of the operations explains the history any more. */
export const plants = {
  'stale read': (history) =>
    pairs(history, (read, older, newer) =>
      newer.outcome === 'ok' && newer.endedMs < read.invokedMs && older.endedMs < newer.invokedMs
        ? { ...read, outcome: 'value', value: older.value }
        : undefined,
    ),
  'future read': ({ operations }) =>
    readsOf(operations).flatMap((read) =>
      writesOf(operations)
        .filter((write) => write.invokedMs > read.endedMs && write.outcome !== 'failed')
        .map((write): Change => [read, { ...read, outcome: 'value', value: write.value }]),
    ),
  'lost write': ({ operations }) =>
    readsOf(operations).flatMap((read): Change[] => {
      const isThere = writesOf(operations).some(
        (write) => write.outcome === 'ok' && write.endedMs < read.invokedMs,
      );
      return isThere ? [[read, { ...read, outcome: 'miss' }]] : [];
    }),
  /**
   * The newer write has no acknowledgement yet: only the other reader shows that it took effect. The
   * older is the one that it replaced.
   */
  inversion: (history) =>
    pairs(history, (read, older, newer) => {
      const isOpen = newer.outcome === 'unknown' || newer.endedMs > read.invokedMs;
      if (!isOpen || older.endedMs >= newer.invokedMs) return undefined;
      const { order, operations } = history;
      if (order.indexOf(newer) !== order.indexOf(older) + 1) return undefined;
      const isSeen = readsOf(operations).some(
        (other) =>
          other.client !== read.client &&
          other.outcome === 'value' &&
          other.value === newer.value &&
          other.endedMs < read.invokedMs,
      );
      return isSeen ? { ...read, outcome: 'value', value: older.value } : undefined;
    }),
  'unwritten value': ({ operations }) =>
    readsOf(operations).map((read): Change => [read, { ...read, outcome: 'value', value: '?' }]),
  'refused write': ({ operations }) =>
    readsOf(operations).flatMap((read) =>
      writesOf(operations)
        .filter(({ outcome }) => outcome === 'failed')
        .map((write): Change => [read, { ...read, outcome: 'value', value: write.value }]),
    ),
} satisfies Record<string, (history: SimulatedHistory) => Change[]>;

type Change = readonly [before: ReadOperation, after: ReadOperation];

/** Plants one violation of a kind; undefined where the history has no place for it. */
export function plantViolation(
  kind: keyof typeof plants,
  history: SimulatedHistory,
  seed: number,
): readonly Operation[] | undefined {
  const change = oneOf(createRandom(seed, 1), plants[kind](history));
  if (change === undefined) return undefined;
  const [before, after] = change;
  return history.operations.map((operation) => (operation === before ? after : operation));
}

function oneOf<T>(random: Random, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

/** Goes through all reads with each two writes of which the first was acknowledged. */
function pairs(
  { operations }: SimulatedHistory,
  changed: (
    read: ReadOperation,
    older: WriteOperation,
    newer: WriteOperation,
  ) => ReadOperation | undefined,
): Change[] {
  const writes = writesOf(operations);
  return readsOf(operations).flatMap((read) =>
    writes
      .filter(({ outcome }) => outcome === 'ok')
      .flatMap((older) =>
        writes.flatMap((newer): Change[] => {
          const after = older === newer ? undefined : changed(read, older, newer);
          return after === undefined ? [] : [[read, after]];
        }),
      ),
  );
}

function readsOf(operations: readonly Operation[]): ReadOperation[] {
  return operations.filter((operation) => operation.kind === 'read');
}

function writesOf(operations: readonly Operation[]): WriteOperation[] {
  return operations.filter((operation) => operation.kind === 'write');
}
