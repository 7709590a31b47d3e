import type { OverallVerdict } from '../../verdict/judge.ts';
import { checkHistory, type HistoryCheck } from './check-history.ts';
import type { History, Operation } from './operation.ts';

/** A checked history, and whether it says enough. */
export interface HistoryVerdict extends HistoryCheck {
  readonly verdict: Extract<OverallVerdict, 'PASS' | 'FAIL' | 'VOID' | 'INTERRUPTED'>;
  /** Why it is VOID. */
  readonly reasons: readonly string[];
  readonly figures: HistoryFigures;
}

/** What a history holds. */
export interface HistoryFigures {
  readonly operations: number;
  readonly writes: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unanswered: number;
  readonly reads: number;
  readonly values: number;
  /** Reads of a value that another client had written. */
  readonly valuesOfOthers: number;
  readonly misses: number;
  readonly corrupt: number;
  readonly failedReads: number;
  /** Operations on a register while another client wrote it. */
  readonly contended: number;
  readonly spanMs: number;
}

/** Below these a history that shows nothing wrong proves nothing. */
export const historyLimits = {
  acknowledged: 100,
  valuesOfOthers: 100,
  contended: 50,
} as const satisfies Partial<Record<keyof HistoryFigures, number>>;

const limitTexts: Readonly<Record<keyof typeof historyLimits, string>> = {
  acknowledged: 'acknowledged writes',
  valuesOfOthers: "reads of another client's value",
  contended: 'operations while another client wrote the same key',
};

/** Checks a history and judges it. @param losableMs see {@link checkHistory}. */
export function judgeHistory(
  history: History,
  options: { readonly losableMs?: number } = {},
): HistoryVerdict {
  const check = checkHistory(history, options);
  const figures = figuresOf(history);
  const reasons = reasonsOf(history, figures);
  const isInterrupted = history.isInterrupted;
  const verdict =
    check.violations.length > 0
      ? 'FAIL'
      : isInterrupted
        ? 'INTERRUPTED'
        : reasons.length > 0
          ? 'VOID'
          : 'PASS';
  return { ...check, verdict, reasons, figures };
}

function reasonsOf({ plannedFaults, faults }: History, figures: HistoryFigures): string[] {
  const reasons = (Object.keys(historyLimits) as (keyof typeof historyLimits)[]).flatMap((name) =>
    figures[name] < historyLimits[name]
      ? [`${figures[name]} ${limitTexts[name]}, and ${historyLimits[name]} are needed`]
      : [],
  );
  if (plannedFaults.length > 0 && faults.length === 0) reasons.push('no fault happened');
  return reasons;
}

function figuresOf({ operations, keys }: History): HistoryFigures {
  const count = (is: (operation: Operation) => boolean): number => operations.filter(is).length;
  const wrote = (outcome: string) => (operation: Operation) =>
    operation.kind === 'write' && operation.outcome === outcome;
  const read = (outcome: string) => (operation: Operation) =>
    operation.kind === 'read' && operation.outcome === outcome;
  const writes = count(({ kind }) => kind === 'write');
  let [fromMs, untilMs] = [Number.POSITIVE_INFINITY, 0];
  for (const { invokedMs, endedMs } of operations) {
    fromMs = Math.min(fromMs, invokedMs);
    untilMs = Math.max(untilMs, endedMs);
  }
  return {
    operations: operations.length,
    writes,
    acknowledged: count(wrote('ok')),
    refused: count(wrote('failed')),
    unanswered: count(wrote('unknown')),
    reads: operations.length - writes,
    values: count(read('value')),
    valuesOfOthers: count(
      (operation) =>
        operation.kind === 'read' &&
        operation.outcome === 'value' &&
        keys[operation.key] !== 'content' &&
        !operation.value.startsWith(`${operation.client}.`),
    ),
    misses: count(read('miss')),
    corrupt: count(read('corrupt')),
    failedReads: count(read('failed')),
    contended: contendedOf(operations.filter(({ key }) => keys[key] !== 'content')),
    spanMs: Math.max(0, untilMs - fromMs),
  };
}

function contendedOf(operations: readonly Operation[]): number {
  const inOrder = [...operations].sort((a, b) => a.invokedMs - b.invokedMs);
  /** For each key, the write under way that ends last. */
  const writing = new Map<string, Operation>();
  let contended = 0;
  for (const operation of inOrder) {
    const write = writing.get(operation.key);
    if (write !== undefined && write.client !== operation.client) {
      if (operation.invokedMs < write.endedMs) contended += 1;
    }
    const isLast = write === undefined || operation.endedMs > write.endedMs;
    if (operation.kind === 'write' && isLast) writing.set(operation.key, operation);
  }
  return contended;
}
