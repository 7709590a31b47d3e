import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Fault,
  type FaultKind,
  type FaultyCache,
  type FaultyCacheCounts,
  injectedCount,
  startFaultyCache,
} from '../../../src/testing/faulty-cache/index.ts';
import { type FinishedRun, runMemobuild } from '../../../src/testing/run-memobuild.ts';

/**
 * Runs `memobuild loadtest` against a cache that does wrong what `faults` say, and checks what every
 * run owes whatever it met: it ends by itself, leaves nothing behind, and its sums agree.
 */
export async function runAgainst(
  t: TestContext,
  faults: readonly Fault[],
  flags: string,
  options: { readonly interruptWhen?: (cache: FaultyCache) => Promise<void> } = {},
): Promise<LoadTestRun> {
  const cache = await startFaultyCache(t, faults);
  const { interruptWhen } = options;
  const args = [
    'loadtest',
    '--target',
    cache.url,
    '--json',
    '--quiet',
    ...flags.trim().split(/\s+/),
  ];
  const run = await runMemobuild(args, {
    deadlineMs: 90_000,
    ...(interruptWhen === undefined ? {} : { interruptWhen: () => interruptWhen(cache) }),
  });
  const said = `exit ${run.exitCode}\n${run.stderr}`;
  assert.equal(run.timedOut, false, `it did not end by itself: ${said}`);
  assert.deepEqual(run.leftProcesses, [], 'processes outlived it');
  assert.deepEqual(run.leftFiles, [], 'files or sockets were left in its temporary directory');
  if (!cache.hasDied()) await allConnectionsClosed(cache);
  const counts = await cache.counts();
  const result = run.stdout.startsWith('{') ? (JSON.parse(run.stdout) as Result) : undefined;
  if (result !== undefined) checkSums(result);
  t.diagnostic(`${run.exitCode} after ${Math.round(run.tookMs)} ms; ${firstLine(run.stderr)}`);
  return {
    run,
    cache,
    counts,
    said,
    get result() {
      assert.ok(result !== undefined, `it printed no result: ${said}`);
      return result;
    },
  };
}

export interface LoadTestRun {
  readonly run: FinishedRun;
  readonly cache: FaultyCache;
  readonly counts: FaultyCacheCounts;
  /** Exit code and stderr, for a failed assertion. */
  readonly said: string;
  /** The JSON it printed. Fails the test where there is none. */
  readonly result: Result;
}

/** The part of the result file that these tests read. */
export interface Result {
  readonly operations: { total: number; successful: number; failed: number };
  readonly errors_by_type: Record<string, number>;
  readonly cache: { hits: number; misses: number; hit_rate_percent: number | null };
  readonly latency: {
    p50_ms: number;
    p95_ms: number;
    p99_ms: number;
    max_ms: number;
    model: string;
    corrected: { p95_ms: number; p99_ms: number } | null;
    by_series: Record<string, { p99_ms: number; max_ms: number; count: number }>;
  };
  readonly writes: { acknowledged: number; reread: number; lost: number; evicted: number };
  readonly warmup: { stored: number; failed: number };
  readonly stop_reason: string;
  readonly complete: boolean;
  readonly scheduled: number | null;
  readonly verdict: {
    verdict: string;
    reasons: string[];
    rows: { metric: string; verdict: string; measured: number | null }[];
  };
}

/** The flags of a run of 10,000 operations, enough for what goes wrong once in a thousand. */
export const tenThousand = '--clients 20 --requests 500 --duration 60 --size 1KiB --reread 0';

/**
 * The expected outcome of the run: its verdict, the exit code that follows, and no kind of failure
 * but these.
 */
export function assertOutcome(
  { result, run, said }: LoadTestRun,
  expected: {
    readonly verdict: 'PASS' | 'INVESTIGATE' | 'FAIL';
    readonly exitCode?: number;
    readonly failures: readonly string[];
  },
): void {
  assert.equal(result.verdict.verdict, expected.verdict, said);
  assert.equal(run.exitCode, expected.exitCode ?? (expected.verdict === 'FAIL' ? 1 : 0), said);
  const kinds = Object.entries(result.errors_by_type).filter(([, count]) => count > 0);
  assert.deepEqual(kinds.map(([kind]) => kind).sort(), [...expected.failures].sort(), said);
}

/** Every fault of the kind reached exactly one operation, and that operation was named for it. */
export function assertCountedExactly(
  { result, counts, said }: LoadTestRun,
  failure: string,
  fault: FaultKind,
): void {
  const injected = injectedCount(counts, fault);
  assert.ok(injected > 0, 'nothing was injected');
  assert.equal(result.errors_by_type[failure], injected, said);
}

/**
 * `count` of `trials` lies within `sigmas` (default 4: one run in 16,000 lies outside by chance) of
 * what a share leads one to expect.
 */
export function assertBinomial(
  count: number,
  { trials, share, sigmas = 4 }: { trials: number; share: number; sigmas?: number },
): void {
  const expected = trials * share;
  const sigma = Math.sqrt(trials * share * (1 - share));
  assert.ok(
    Math.abs(count - expected) <= sigmas * sigma,
    `${count} of ${trials}, expected ${expected.toFixed(1)} ± ${(sigmas * sigma).toFixed(1)}`,
  );
}

/** Repeats a run that a busy machine invalidated, as its user would. @returns the first that is not VOID, or the last. */
export async function repeatWhileVoid(
  attempt: () => Promise<LoadTestRun>,
  attemptsMax = 3,
): Promise<LoadTestRun> {
  for (let attempts = 1; ; attempts += 1) {
    const run = await attempt();
    if (attempts === attemptsMax || run.result.verdict.verdict !== 'VOID') return run;
  }
}

function checkSums({ operations, errors_by_type, cache }: Result): void {
  const { total, successful, failed } = operations;
  assert.equal(total, successful + failed, 'operations do not add up');
  const kinds = Object.values(errors_by_type).reduce((sum, count) => sum + count, 0);
  assert.equal(kinds, failed, 'failures by kind do not add up');
  assert.ok(cache.hits + cache.misses <= total, 'more answers than operations');
}

/** The cache may see a close a moment after the run has ended. */
async function allConnectionsClosed(cache: FaultyCache): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await cache.counts()).connections === 0) return;
    await sleep(20);
  }
  assert.fail(`${(await cache.counts()).connections} connections are still open`);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
