import assert from 'node:assert/strict';
import test from 'node:test';
import { buildRunResult, type RunPlan } from '../../testing/build-run-result.ts';
import type { LabelledRun } from '../comparison/comparability.ts';
import { LoadTestError } from '../errors.ts';
import { forEachRecordedValue } from '../metrics/recorded-values.ts';
import { decodeHistogram } from '../result/latency-result.ts';
import type { RunResult } from '../result/model/run.ts';
import { runResultSchema } from '../result/model/run.ts';
import { mergeRuns } from './merge-runs.ts';

const day = Date.UTC(2026, 0, 1);

function made(seed: number, afterMs: number, plan: Partial<RunPlan> = {}): LabelledRun {
  const timestamp = new Date(day + afterMs).toISOString();
  const result = buildRunResult({ seed, ...plan, change: { timestamp, ...plan.change } });
  return { label: `gen-${seed}.json`, result };
}

/** How often each value is in the judged histogram of a run. */
function valuesOf({ latency }: RunResult): Map<number, number> {
  const values = new Map<number, number>();
  forEachRecordedValue(decodeHistogram(latency.histogram!), (valueUs, count) => {
    values.set(valueUs, count);
  });
  return values;
}

test('counts and histograms are the sums of those of the generators', () => {
  const runs = [made(1, 0), made(2, 300, { slowness: 2 })];
  const merged = mergeRuns(runs);
  assert.deepEqual(runResultSchema.parse(merged), merged, 'it is a result like any other');
  const sum = (pick: (run: RunResult) => number): number =>
    runs.reduce((total, { result }) => total + pick(result), 0);
  assert.equal(
    merged.operations.total,
    sum((run) => run.operations.total),
  );
  assert.equal(
    merged.cache.hits,
    sum((run) => run.cache.hits),
  );
  assert.equal(
    merged.latency.count,
    sum((run) => run.latency.count),
  );
  assert.equal(merged.config.num_clients, 40);
  const expected = new Map<number, number>();
  for (const { result } of runs) {
    for (const [value, count] of valuesOf(result)) {
      expected.set(value, (expected.get(value) ?? 0) + count);
    }
  }
  assert.deepEqual([...valuesOf(merged)].sort(), [...expected].sort());
  for (const pick of [
    (window: RunResult['windows'][number]) => window.operations.total,
    (window: RunResult['windows'][number]) => window.misses,
  ]) {
    const total = (run: RunResult): number => run.windows.reduce((all, one) => all + pick(one), 0);
    assert.equal(total(merged), sum(total));
  }
  const separately = sum((run) => run.throughput_ops_per_sec ?? 0);
  assert.ok(Math.abs(merged.throughput_ops_per_sec! / separately - 1) < 0.05);
  assert.ok(merged.latency.p50_ms! > runs[0]!.result.latency.p50_ms!);
  assert.ok(merged.latency.p50_ms! < runs[1]!.result.latency.p50_ms!);
});

test('the overlap of wall times is in the result, and throughput is that of all together', () => {
  const merged = mergeRuns([made(2, 10_000), made(1, 0)]);
  assert.equal(merged.merged?.overlap_ms, 20_000);
  assert.equal(merged.merged?.span_ms, 40_000);
  assert.deepEqual(
    merged.merged?.runs.map(({ offset_ms: offset }) => offset),
    [0, 10_000],
  );
  assert.match(merged.notes[0]!, /running for 20\.0 of 40\.0 s .*partly those of fewer/);
  const { throughput_ops_per_sec: alone } = made(1, 0).result;
  assert.ok(Math.abs(merged.throughput_ops_per_sec! / alone! - 2) < 0.2);
});

test("throughput leaves out each generator's ramp-up, and so do the windows of the merged run", () => {
  const begun = (seed: number, fromMs: number): LabelledRun => {
    const { label, result } = made(seed, 0);
    const windows = result.windows.map((window) =>
      window.start_ms < fromMs ? { ...window, sending_successful: 0 } : window,
    );
    const span = { sending_from_ms: fromMs, sending_ms: 30_000 - fromMs };
    return { label, result: { ...result, ...span, windows } };
  };
  const runs = [begun(1, 5000), begun(2, 10_000)];
  const merged = mergeRuns(runs);
  assert.deepEqual([merged.sending_from_ms, merged.sending_ms], [10_000, 20_000]);
  const late = runs.flatMap(({ result }) =>
    result.windows.filter(({ start_ms: startMs }) => startMs >= 10_000),
  );
  const successful = late.reduce((sum, window) => sum + window.sending_successful, 0);
  assert.equal(merged.throughput_ops_per_sec, successful / 20);
  assert.equal(
    merged.windows.reduce((sum, window) => sum + window.sending_successful, 0),
    successful,
  );
});

test('a VOID generator makes all of it VOID; wrong bytes of one fail it', () => {
  const good = made(1, 0);
  const voidRun = made(2, 0);
  const verdict = { ...voidRun.result.verdict, verdict: 'VOID' as const, reasons: ['steal'] };
  const isVoid = mergeRuns([good, { ...voidRun, result: { ...voidRun.result, verdict } }]);
  assert.equal(isVoid.verdict.verdict, 'VOID');
  assert.deepEqual(isVoid.verdict.reasons, ['gen-2.json: steal']);
  const errors = { ...voidRun.result.errors_by_type, integrity: 1 };
  const wrong = { ...voidRun.result, verdict, errors_by_type: errors };
  assert.equal(mergeRuns([good, { ...voidRun, result: wrong }]).verdict.verdict, 'FAIL');
});

const refused: readonly (readonly [string, readonly LabelledRun[], RegExp])[] = [
  ['one alone', [made(1, 0)], /at least two/],
  ['one twice', [made(1, 0), made(1, 0)], /the same run as/],
  ['one after the other', [made(1, 0), made(2, 31_000)], /do not overlap: gen-1\.json ran from/],
  [
    'another hit rate',
    [made(1, 0), made(2, 0, { config: { cacheHitRatioTarget: 0.5 } })],
    /target hit rate: gen-1\.json has/,
  ],
];

for (const [name, runs, says] of refused) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => mergeRuns(runs),
      (error) => {
        assert.ok(error instanceof LoadTestError);
        assert.equal(error.code, 'not_mergeable');
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test('a reason calls a lower bound one, as that of a single run does', () => {
  const runs = [made(1, 0), made(2, 300)].map(({ label, result }) => {
    const { timeout: _, ...series } = result.latency.by_series;
    const given = result.latency.by_series.hit ?? result.latency;
    const limited = result.verdict.rows.map((row) =>
      row.metric === 'p95_ms' ? { ...row, pass_limit: 0.001, fail_limit: 0.002 } : row,
    );
    return {
      label,
      result: {
        ...result,
        latency: {
          ...result.latency,
          by_series: { ...series, timeout: { ...given, min_ms: 0.001 } },
        },
        verdict: { ...result.verdict, rows: limited },
      },
    };
  });
  const { verdict } = mergeRuns(runs);
  const row = verdict.rows.find(({ metric }) => metric === 'p95_ms');
  assert.deepEqual([row?.is_lower_bound, row?.verdict], [true, 'FAIL']);
  assert.match(verdict.reasons.join('\n'), /^P95 latency: ≥ [\d.,]+ ms, required/m);
});
