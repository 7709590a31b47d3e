import type { Checkout } from './checkout.ts';
import type { ToolName } from './tools.ts';

/**
 * One row of the table: contenders that do the same work on the same machine in the same run, and
 * what ours has to reach beside them. A row is one file in `rows/`.
 */
export interface Row {
  /** kebab-case; what `--only` takes. */
  readonly name: string;
  readonly title: string;
  /** Which of the targets it shows. */
  readonly target: number;
  readonly tools: readonly ToolName[];
  /** Metrics worth a column, in order. */
  readonly columns: readonly Metric[];
  readonly contenders: readonly Contender[];
  readonly comparisons: readonly Comparison[];
  /** What a reader must know to read the figures rightly. */
  readonly notes?: readonly string[];
  /**
   * Takes long or needs much disk to prepare: measured only when named with `--only`, or with
   * `--all`, and prepared once for all pairs of two checkouts.
   */
  readonly slow?: boolean;
}

/**
 * One of those who compete. `ours` is what the project is, and what two checkouts are compared by; a
 * `peer` is what it is held against.
 */
export interface Contender {
  readonly name: string;
  readonly role: 'ours' | 'peer';
  /** Starts what is measured, fills it, and proves that it does the work asked. */
  prepare(context: RowContext): Promise<PreparedContender>;
}

export interface PreparedContender {
  /** One round. Called often; the first call is a warm-up, thrown away. */
  measure(options: { readonly seconds: number }): Promise<Sample>;
  /** Every turn starts all its processes itself, so that a turn to warm up would warm nothing. */
  readonly startsAfresh?: boolean;
}

export interface RowContext {
  /** A directory of this row's own, gone at its end. */
  readonly dir: string;
  /** Whose memobuild is measured. */
  readonly checkout: Checkout;
  /** Undone at the end of the row, last first. */
  after(undo: () => Promise<void> | void): void;
}

/** What a round may find out. A contender fills in what it can. */
export type Sample = Readonly<Partial<Record<Metric, number>>>;

export type Metric = keyof typeof metrics;

/** How each metric is printed, and which way is better. */
export const metrics = {
  opsPerSec: { label: 'ops/s', better: 'higher' },
  keysPerSec: { label: 'keys/s', better: 'higher' },
  bytesPerSec: { label: 'MB/s', better: 'higher' },
  p50Ms: { label: 'p50 ms', better: 'lower' },
  p99Ms: { label: 'p99 ms', better: 'lower' },
  cpuUsPerOp: { label: 'server CPU µs/op', better: 'lower' },
  cpuUsPerMb: { label: 'server CPU µs/MB', better: 'lower' },
  clientCpuUsPerOp: { label: 'client CPU µs/op', better: 'lower' },
  memoryMb: { label: 'memory MB', better: 'lower' },
  startMs: { label: 'start ms', better: 'lower' },
  bytesPerEntry: { label: 'disk B/entry', better: 'lower' },
  hitRate: { label: 'hit rate %', better: 'higher' },
  lagP99Ms: { label: 'send lag p99 ms', better: 'lower' },
  errors: { label: 'errors', better: 'lower' },
} as const satisfies Record<string, { label: string; better: 'higher' | 'lower' }>;

/** What our figure must be: so many times the peer's, or an amount by itself. */
export interface Comparison {
  readonly ours: string;
  readonly metric: Metric;
  /** The peer's name; absent where the target is an amount. */
  readonly against?: string;
  /** The bound: at least for a metric where higher is better, at most where lower is. Absent: shown for its own sake. */
  readonly must?: number;
  readonly aim?: number;
}
