import { type LoadTestResult, type RunResult, runsOf } from '../../loadtest/internal.ts';

/** A figure that a tracker of benchmarks keeps over commits. */
interface TrackedFigure {
  readonly label: string;
  /** Its name as a measure of Bencher. */
  readonly measure: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  value(run: RunResult): number | null;
}

const figures: readonly TrackedFigure[] = [
  {
    label: 'throughput',
    measure: 'throughput',
    unit: 'ops/s',
    better: 'higher',
    value: (run) => run.throughput_ops_per_sec,
  },
  {
    label: 'cache hit rate',
    measure: 'hit-rate',
    unit: '%',
    better: 'higher',
    value: ({ cache }) => cache.hit_rate_percent,
  },
  latency('P50 latency', 'p50-latency', ({ latency: { p50_ms: ms } }) => ms),
  latency('P95 latency', 'p95-latency', ({ latency: { p95_ms: ms } }) => ms),
  latency('P99 latency', 'p99-latency', ({ latency: { p99_ms: ms } }) => ms),
  {
    label: 'error rate',
    measure: 'error-rate',
    unit: '%',
    better: 'lower',
    value: (run) => run.error_rate_percent,
  },
];

/**
 * A result for github-action-benchmark, whose custom tools take one direction each:
 * `customBiggerIsBetter` is `higher`, `customSmallerIsBetter` is `lower`.
 */
export function renderGitHubBenchmark(loaded: LoadTestResult, better: 'higher' | 'lower'): string {
  const entries = trackedRuns(loaded).flatMap((run) =>
    figures
      .filter((figure) => figure.better === better)
      .flatMap(({ label, unit, value }) => {
        const measured = value(run);
        if (measured === null) return [];
        const extra = `${run.operations.total} operations, ${run.verdict.verdict}`;
        return [{ name: `${nameOf(run)}: ${label}`, unit, value: measured, extra }];
      }),
  );
  return `${JSON.stringify(entries, null, 2)}\n`;
}

/** A result in Bencher's metric format: a benchmark for each run, a measure for each figure. */
export function renderBencher(loaded: LoadTestResult): string {
  const benchmarks = trackedRuns(loaded).map((run) => {
    const measures = figures.flatMap(({ measure, value }) => {
      const measured = value(run);
      return measured === null ? [] : [[measure, { value: measured }]];
    });
    return [nameOf(run), Object.fromEntries(measures)];
  });
  return `${JSON.stringify(Object.fromEntries(benchmarks), null, 2)}\n`;
}

/** What a VOID or interrupted run measured would stay in the tracker's history as a figure. */
function trackedRuns(loaded: LoadTestResult): RunResult[] {
  return runsOf(loaded).filter(
    ({ verdict: { verdict } }) => verdict !== 'VOID' && verdict !== 'INTERRUPTED',
  );
}

function nameOf({ name }: RunResult): string {
  return `memobuild ${name ?? 'load test'}`;
}

function latency(label: string, measure: string, value: TrackedFigure['value']): TrackedFigure {
  return { label, measure, unit: 'ms', better: 'lower', value };
}
