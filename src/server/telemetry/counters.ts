import { type LookupCounts, type RequestCount, sumLookups } from '../../core/index.ts';

/** What a process counted since it started. Only ever grows, so sums over processes do too. */
export interface Counters {
  readonly lookups: readonly LookupCounts[];
  readonly requests: readonly RequestCount[];
  readonly durations: readonly DurationHistogram[];
  readonly connectionsAccepted: number;
  /** Connections closed on arrival because there were too many. */
  readonly connectionsRefused: number;
  /** Connections closed because too much waited for their clients to read it. */
  readonly connectionsCut: number;
  /** Unknown credentials that were presented. */
  readonly loginsFailed: number;
  /** How often a lookup or a write met damage of the store's index. */
  readonly indexDamages: number;
}

/** How long requests took, by operation. */
export interface DurationHistogram {
  readonly operation: string;
  /** One count for each of {@link durationBoundsMs}, and one for what lies above the last. Not cumulative. */
  readonly buckets: readonly number[];
  readonly sumMs: number;
}

/** Upper bounds of the buckets, in milliseconds. */
export const durationBoundsMs: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000,
];

export const noCounters: Counters = {
  lookups: [],
  requests: [],
  durations: [],
  connectionsAccepted: 0,
  connectionsRefused: 0,
  connectionsCut: 0,
  loginsFailed: 0,
  indexDamages: 0,
};

/** Adds up what several processes counted. */
export function mergeCounters(parts: readonly Counters[]): Counters {
  return {
    lookups: merge(
      parts.flatMap((part) => part.lookups),
      (row) => `${row.space} ${row.namespace}`,
      (a, b) => ({ namespace: a.namespace, space: a.space, ...sumLookups([a, b]) }),
    ),
    requests: merge(
      parts.flatMap((part) => part.requests),
      (row) => `${row.route} ${row.method} ${row.status}`,
      (a, b) => ({ ...a, count: a.count + b.count }),
    ),
    durations: merge(
      parts.flatMap((part) => part.durations),
      (row) => row.operation,
      (a, b) => ({
        operation: a.operation,
        buckets: a.buckets.map((count, index) => count + (b.buckets[index] ?? 0)),
        sumMs: a.sumMs + b.sumMs,
      }),
    ),
    connectionsAccepted: sum(parts.map((part) => part.connectionsAccepted)),
    connectionsRefused: sum(parts.map((part) => part.connectionsRefused)),
    connectionsCut: sum(parts.map((part) => part.connectionsCut)),
    loginsFailed: sum(parts.map((part) => part.loginsFailed)),
    indexDamages: sum(parts.map((part) => part.indexDamages)),
  };
}

function merge<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  add: (a: Row, b: Row) => Row,
): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    const earlier = merged.get(key);
    merged.set(key, earlier === undefined ? row : add(earlier, row));
  }
  return [...merged.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
