import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildRunResult, type RunPlan } from '../../testing/build-run-result.ts';
import type { RunResult } from '../result/model/run.ts';
import type { LabelledRun } from './comparability.ts';
import { type Comparison, compareRuns } from './compare-runs.ts';
import type { ComparedMetricName } from './compared-metrics.ts';

function run(seed: number, plan: Partial<RunPlan> = {}): LabelledRun {
  return { label: `run-${seed}.json`, result: buildRunResult({ seed, ...plan }) };
}

function runs(count: number, firstSeed: number, plan: Partial<RunPlan> = {}): LabelledRun[] {
  return Array.from({ length: count }, (_, index) => run(firstSeed + index, plan));
}

function verdictOf({ rows }: Comparison, name: ComparedMetricName): string | undefined {
  return rows.find(({ metric }) => metric.name === name)?.verdict;
}

describe('six runs per side: the exact test decides', () => {
  const base = runs(6, 10);
  test('equal builds are not a regression', () => {
    const found = compareRuns(base, runs(6, 20));
    assert.equal(found.method, 'mann-whitney');
    assert.equal(found.answer, 'no regression');
  });
  test('half as slow again is worse in throughput and each latency', () => {
    const found = compareRuns(base, runs(6, 20, { slowness: 1.5 }));
    assert.equal(found.answer, 'regression');
    for (const name of ['throughput', 'p50_latency', 'p95_latency', 'p99_latency'] as const) {
      assert.equal(verdictOf(found, name), 'worse', name);
    }
  });
  test('and the other way round it is better, and no regression', () => {
    const found = compareRuns(runs(6, 20, { slowness: 1.5 }), base);
    assert.equal(found.answer, 'no regression');
    assert.equal(verdictOf(found, 'throughput'), 'better');
  });
  test('a change that is significant but smaller than the threshold is within noise', () => {
    const found = compareRuns(base, runs(6, 20, { slowness: 1.06, windowScatter: 0.01 }), {
      thresholds: { performance: 10, successRate: 1, hitRate: 5, memory: 20 },
    });
    assert.equal(verdictOf(found, 'p50_latency'), 'within noise');
    assert.notEqual(found.answer, 'regression');
    const strict = { performance: 1, successRate: 1, hitRate: 5, memory: 20 };
    const conclusive = compareRuns(base, runs(6, 20, { slowness: 1.06, windowScatter: 0.01 }), {
      thresholds: strict,
    });
    assert.equal(verdictOf(conclusive, 'p50_latency'), 'worse');
  });
  test('a success rate that falls by two points is a regression, by half a point it is not', () => {
    const falling = compareRuns(base, runs(6, 20, { failedPerWindow: 4 }));
    assert.equal(verdictOf(falling, 'success_rate'), 'worse');
    assert.equal(falling.answer, 'regression');
    const slight = compareRuns(base, runs(6, 20, { failedPerWindow: 1 }));
    assert.equal(verdictOf(slight, 'success_rate'), 'within noise');
  });
  test('a hit rate that falls by seven points and memory that doubles are regressions', () => {
    const found = compareRuns(base, runs(6, 20, { hitShare: 0.68, memoryBytes: 180e6 }));
    assert.equal(verdictOf(found, 'hit_rate'), 'worse');
    assert.equal(verdictOf(found, 'server_memory'), 'worse');
  });
  test('a figure that a run lacks has no row', () => {
    const blind: LabelledRun[] = runs(6, 20).map(({ label, result }) => ({
      label,
      result: { ...result, server: { ...result.server, samples: [] } },
    }));
    assert.equal(verdictOf(compareRuns(base, blind), 'server_memory'), undefined);
  });
});

test('a change larger than the threshold that chance explains is none', () => {
  // Medians 25 % apart, and every run of one side within the other's scatter.
  const at = (seed: number, slownesses: readonly number[]): LabelledRun[] =>
    slownesses.map((slowness, index) => run(seed + index, { slowness }));
  const base = at(10, [0.7, 0.8, 0.9, 1.1, 1.3, 1.5]);
  const next = at(20, [0.75, 0.95, 1.2, 1.3, 1.4, 1.6]);
  const found = compareRuns(base, next);
  const p50 = found.rows.find(({ metric }) => metric.name === 'p50_latency')!;
  assert.ok(p50.change > 10 && p50.pValue > 0.05, `${p50.change} %, p ${p50.pValue}`);
  assert.equal(p50.verdict, 'inconclusive');
});

describe('six pairs of runs made in turn', () => {
  /** Base and new of one hour are both slow, or both fast. */
  const hours = [1, 1.6, 0.7, 1.3, 0.8, 1.5];
  const at = (seed: number, minutes: (pair: number) => number, slowness: number): LabelledRun[] =>
    hours.map((hour, pair) => {
      const made = run(seed + pair, { slowness: hour * slowness });
      const timestamp = new Date(Date.UTC(2026, 0, 1, 0, minutes(pair))).toISOString();
      return { ...made, result: { ...made.result, timestamp } };
    });
  test('what both runs of a pair share is not scatter: a change of a quarter is found', () => {
    const base = at(10, (pair) => 2 * pair + (pair % 2), 1);
    const next = at(20, (pair) => 2 * pair + 1 - (pair % 2), 1.25);
    const found = compareRuns(base, next.toReversed());
    assert.equal(found.method, 'paired-t');
    assert.equal(found.answer, 'regression');
    assert.equal(
      compareRuns(
        base,
        at(20, (pair) => 2 * pair + 1, 1),
      ).answer,
      'no regression',
    );
  });
  test('the same runs not made in turn are not pairs, and show nothing', () => {
    const found = compareRuns(
      at(10, (pair) => pair, 1),
      at(20, (pair) => 100 + pair, 1.25),
    );
    assert.equal(found.method, 'mann-whitney');
    assert.equal(found.answer, 'inconclusive');
  });
});

describe('fewer runs', () => {
  test('single runs of which nothing more is known call what no scatter explains, and nothing else', () => {
    const base = [run(1, { windows: 60 })];
    const far = compareRuns(base, [run(2, { windows: 60, slowness: 2.5 })]);
    assert.equal(far.method, 'windows');
    assert.equal(far.answer, 'regression');
    for (const slowness of [1, 1.15, 1.3]) {
      const near = compareRuns(base, [run(2, { windows: 60, slowness })]);
      assert.equal(near.answer, 'inconclusive');
      assert.equal(near.scatter?.source, 'prior');
    }
  });
  test('with a history of steady runs they call a regression beyond twice the threshold, not before', () => {
    const base = [run(1, { windows: 60 })];
    const history = runs(12, 100, { windows: 60 });
    const far = compareRuns(base, [run(2, { windows: 60, slowness: 1.5 })], { history });
    assert.deepEqual([far.scatter?.source, far.scatter?.runs], ['history', 12]);
    assert.equal(far.answer, 'regression');
    const near = compareRuns(base, [run(2, { windows: 60, slowness: 1.05 })], { history });
    assert.equal(near.answer, 'no regression');
    assert.match(
      near.reasons.join(),
      /holds for: throughput, P50 latency, P95 latency, P99 latency/,
    );
  });
  test('a history of wild runs leaves a large change untold', () => {
    const history = Array.from({ length: 12 }, (_, index) =>
      run(100 + index, { windows: 60, slowness: index % 2 === 0 ? 0.7 : 1.4 }),
    );
    const base = [run(1, { windows: 60 })];
    const next = [run(2, { windows: 60, slowness: 1.5 })];
    assert.equal(compareRuns(base, next, { history }).answer, 'inconclusive');
  });
  test('another workload in the history, or too few runs, are not asked', () => {
    const other = runs(12, 100, { config: { numClients: 7 } });
    const few = runs(9, 100, {});
    for (const history of [other, few]) {
      assert.equal(compareRuns([run(1)], [run(2)], { history }).scatter?.source, 'prior');
    }
  });
  test('two runs per side that happen to be equal are sure of nothing', () => {
    const alike = (slowness: number): LabelledRun[] =>
      [1, 2].map((copy) => {
        const { label, result } = run(3, { slowness });
        return { label: `${label} ${copy}`, result: { ...result, run_id: `${slowness}-${copy}` } };
      });
    const found = compareRuns(alike(1), alike(1.25));
    for (const { pValue, metric } of found.rows) {
      if (metric.measure === 'relative') assert.ok(pValue > 0.01, `${metric.name}: ${pValue}`);
    }
  });
  test('single runs of fewer than 30 windows are inconclusive, however different they are', () => {
    const found = compareRuns([run(1, { windows: 29 })], [run(2, { windows: 29, slowness: 3 })]);
    assert.equal(found.answer, 'inconclusive');
    assert.ok(found.rows.every(({ verdict }) => verdict === 'inconclusive'));
  });
  test("single runs show their files' own figures", () => {
    const [base, next] = [run(1), run(2)];
    const rows = compareRuns([base], [next]).rows;
    const p95 = rows.find(({ metric }) => metric.name === 'p95_latency')!;
    assert.equal(p95.base, base.result.latency.p95_ms);
    assert.equal(p95.new, next.result.latency.p95_ms);
    for (const row of rows.filter(({ metric }) => metric.measure === 'relative')) {
      assert.ok(Math.abs(row.change - 100 * (row.new / row.base - 1)) < 1e-9, row.metric.name);
    }
  });
  test('three runs per side go by their scatter, and by twice the threshold', () => {
    const found = compareRuns(runs(3, 10), runs(3, 20, { slowness: 1.5 }));
    assert.equal(found.method, 'welch');
    assert.equal(found.answer, 'regression');
    assert.equal(found.rows[0]?.threshold, 20);
    const near = compareRuns(runs(3, 10), runs(3, 20, { slowness: 1.1 }));
    assert.equal(verdictOf(near, 'throughput'), 'within noise');
    assert.notEqual(near.answer, 'regression');
  });
  test('runs that scatter too much are inconclusive, and say what they could have found', () => {
    const wild = (seed: number): LabelledRun[] =>
      [1, 1.7, 0.6].map((slowness, index) => run(seed + index, { slowness }));
    const found = compareRuns(wild(10), wild(20));
    assert.equal(found.answer, 'inconclusive');
    assert.ok(found.rows.find(({ metric }) => metric.name === 'p95_latency')!.detectable > 50);
  });
  test('one primary metric untold is enough, unless --no-strict', () => {
    const scattered = (seed: number): LabelledRun[] =>
      runs(2, seed).map((one, index) => ({
        ...one,
        result: {
          ...one.result,
          latency: { ...one.result.latency, p99_ms: index === 0 ? 20 : 60 },
        },
      }));
    assert.equal(compareRuns(scattered(10), scattered(20)).answer, 'inconclusive');
    const loose = compareRuns(scattered(10), scattered(20), { strict: false });
    assert.equal(loose.answer, 'no regression');
    assert.match(loose.reasons.join(), /holds for: throughput.*inconclusive: .*P99/);
  });
});

describe('runs that say nothing of each other', () => {
  const base = run(1);
  const config = (change: Partial<RunResult['config']>): LabelledRun => {
    const other = run(2);
    return { ...other, result: { ...other.result, config: { ...other.result.config, ...change } } };
  };
  const environment = (change: Partial<RunResult['environment']>): LabelledRun => {
    const { label, result } = run(2);
    return { label, result: { ...result, environment: { ...result.environment, ...change } } };
  };
  const replayed = (sha256: string, speed: number): LabelledRun => {
    const { label, result } = run(2);
    const replay = { sha256, speed } as NonNullable<RunResult['replay']>;
    return { label, result: { ...result, replay } };
  };
  const cases: readonly [string, LabelledRun][] = [
    ['scenario', { label: 'x', result: { ...run(2).result, name: 'heavy' } }],
    ['scenario', config({ custom_scenario: 'Mine' })],
    ['scenario', replayed('aa', 1)],
    ['clients', config({ num_clients: 50 })],
    ['rate', config({ stages: [{ duration_secs: 30, from_rate: 5, to_rate: 5 }] })],
    ['duration', config({ duration_secs: 31 })],
    ['requests', config({ requests_per_client: 10 })],
    ['requests', config({ repeat_builds: true, requests_per_client: 1 })],
    ['target hit rate', config({ cache_hit_ratio_target: 0.5 })],
    ['sizes', config({ sizes: '1024:1' })],
    ['keys', config({ keys: 'uniform' })],
    ['working set', config({ working_set_keys: 5 })],
    ['seed', config({ seed: 2 })],
    ['protocol', config({ protocol: 'bazel' })],
    ['kind of target', config({ target: 'http://cache' })],
    ['generator version', environment({ memobuild_version: '0.3.0' })],
    ['machine', environment({ cpu_count: 64 })],
    ['machine', environment({ cpu_model: 'Other CPU' })],
  ];
  for (const [what, other] of cases) {
    test(`another ${what} is named and refused`, () => {
      const found = compareRuns([base], [other]);
      assert.equal(found.answer, 'not comparable');
      assert.equal(found.rows.length, 0);
      assert.ok(found.differences.some((difference) => difference.what === what));
    });
  }
  test('another trace, and another speed, are another scenario', () => {
    const whats = (one: LabelledRun, other: LabelledRun): string[] =>
      compareRuns([one], [other]).differences.map(({ what }) => what);
    assert.deepEqual(whats(replayed('aa', 1), replayed('bb', 1)), ['scenario']);
    assert.deepEqual(whats(replayed('aa', 1), replayed('aa', 2)), ['scenario']);
    assert.deepEqual(whats(replayed('aa', 2), replayed('aa', 2)), []);
  });
  test('the commit and the address of the target may differ', () => {
    const target = (url: string): LabelledRun => config({ target: url });
    assert.deepEqual(compareRuns([target('http://a')], [target('http://b')]).differences, []);
    assert.deepEqual(
      compareRuns([base], [environment({ commit: 'f'.repeat(40) })]).differences,
      [],
    );
  });
  test('--force compares all the same, and says so', () => {
    const found = compareRuns([base], [config({ seed: 2 })], { force: true });
    assert.ok(found.forced);
    assert.ok(found.rows.length > 5);
    assert.equal(found.differences.length, 1);
  });
  test('one run twice on a side is found out', () => {
    assert.match(compareRuns([base, base], [run(2), run(3)]).unfit[0]!.reason, /same run/);
  });
  for (const [what, change] of [
    ['VOID', { verdict: { ...base.result.verdict, verdict: 'VOID' } }],
    ['interrupted', { complete: false, stop_reason: 'interrupted' }],
    ['incomplete', { complete: false, stop_reason: 'workers_lost' }],
    ['ended early', { stop_reason: 'max_stored' }],
  ] as const) {
    test(`a run that is ${what} is refused`, () => {
      const unfit: LabelledRun = { label: 'bad.json', result: { ...run(2).result, ...change } };
      const found = compareRuns([base], [unfit]);
      assert.equal(found.answer, 'not comparable');
      assert.equal(found.unfit[0]?.label, 'bad.json');
      assert.match(found.unfit[0]!.reason, new RegExp(what === 'incomplete' ? 'lost' : what));
    });
  }
});

describe('wrong bytes and lost writes in new', () => {
  const wrong = (kind: 'integrity' | 'lost', result: RunResult): RunResult => ({
    ...result,
    errors_by_type: { ...result.errors_by_type, [kind]: 1 },
  });
  for (const kind of ['integrity', 'lost'] as const) {
    test(`one ${kind} failure is a regression, whatever the figures say`, () => {
      const next = { label: 'new.json', result: wrong(kind, run(2).result) };
      const found = compareRuns([run(1)], [next]);
      assert.equal(found.answer, 'regression');
      assert.match(found.reasons[0]!, /new\.json: 1/);
    });
  }
  test('also where the runs are not alike, or are too short', () => {
    const other = run(2, { windows: 5, config: { numClients: 3 } });
    const next = { label: 'new.json', result: wrong('lost', other.result) };
    assert.equal(compareRuns([run(1)], [next]).answer, 'regression');
  });
  test('in base they are not', () => {
    const base = { label: 'base.json', result: wrong('lost', run(1).result) };
    assert.equal(compareRuns([base], [run(2)]).answer, 'inconclusive');
  });
});

test('the same files give the same answer to the last digit', () => {
  const once = compareRuns([run(1)], [run(2)]);
  assert.deepEqual(compareRuns([run(1)], [run(2)]), once);
});
