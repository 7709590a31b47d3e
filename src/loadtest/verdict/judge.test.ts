import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import type { LoadTestConfig } from '../config/config.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { judge, judgeSafely, suiteVerdict, type Verdict } from './judge.ts';

function judged(plan: MeasurementPlan = {}, config: LoadTestConfig = {}): Verdict {
  return judge(buildMeasurement(plan), resolveConfig(config));
}

function row(verdict: Verdict, metric: string) {
  const found = verdict.rows.find((candidate) => candidate.metric === metric);
  assert.ok(found, `no row ${metric}`);
  return found;
}

test('a healthy run passes with no reason', () => {
  const verdict = judged();
  assert.equal(verdict.verdict, 'PASS', verdict.reasons.join('\n'));
  assert.deepEqual(verdict.reasons, []);
  assert.deepEqual(verdict.notes, []);
});

// Successful operations of 1,000; the rest are 5xx.
const successEdges: readonly [number, string][] = [
  [951, 'PASS'],
  [950, 'INVESTIGATE'],
  [900, 'INVESTIGATE'],
  [899, 'FAIL'],
];
for (const [successful, expected] of successEdges) {
  test(`${successful} of 1,000 successful: ${expected}`, () => {
    const verdict = judged({
      hits: successful,
      misses: 0,
      failures: { http_5xx: 1000 - successful },
    });
    assert.equal(row(verdict, 'success_rate_percent').verdict, expected);
    assert.equal(row(verdict, 'error_rate_percent').verdict, expected);
  });
}

// Operations in 10 s.
const throughputEdges: readonly [number, string][] = [
  [201, 'PASS'],
  [200, 'INVESTIGATE'],
  [100, 'INVESTIGATE'],
  [99, 'FAIL'],
];
for (const [operations, expected] of throughputEdges) {
  test(`${operations / 10} ops/s: ${expected}`, () => {
    const verdict = judged({ durationMs: 10_000, hits: operations, misses: 0 });
    assert.equal(row(verdict, 'throughput_ops_per_sec').verdict, expected);
  });
}

const hitEdges: readonly [number, number, string][] = [
  [0.75, 7001, 'PASS'],
  [0.75, 7000, 'INVESTIGATE'],
  [0.75, 6000, 'INVESTIGATE'],
  [0.75, 5999, 'FAIL'],
  [0.7, 6501, 'PASS'],
  [0.7, 6500, 'INVESTIGATE'],
  [0.55, 5000, 'INVESTIGATE'],
  [0.55, 4000, 'INVESTIGATE'],
  [0.55, 3999, 'FAIL'],
];
for (const [target, hits, expected] of hitEdges) {
  test(`hit rate ${hits / 100} % at target ${target}: ${expected}`, () => {
    const verdict = judged({ hits, misses: 10_000 - hits }, { cacheHitRatioTarget: target });
    assert.equal(row(verdict, 'hit_rate_points_from_target').verdict, expected);
  });
}

test('a target hit rate of 0 has no hit-rate row', () => {
  const verdict = judged({ hits: 0, misses: 6000 }, { cacheHitRatioTarget: 0 });
  assert.equal(
    verdict.rows.some(({ metric }) => metric.startsWith('hit_rate')),
    false,
  );
  assert.equal(verdict.verdict, 'PASS');
});

// All latencies alike. Below 2.048 s and even, so that the histogram holds them to the µs.
const latencyEdges: readonly [string, number, string][] = [
  ['avg_ms', 99.9, 'PASS'],
  ['avg_ms', 101, 'INVESTIGATE'],
  ['avg_ms', 60_000, 'INVESTIGATE'],
  ['p95_ms', 499, 'PASS'],
  ['p95_ms', 501, 'INVESTIGATE'],
  ['p95_ms', 999, 'INVESTIGATE'],
  ['p95_ms', 1002, 'FAIL'],
  ['p99_ms', 999, 'PASS'],
  ['p99_ms', 1002, 'INVESTIGATE'],
  ['p99_ms', 2990, 'INVESTIGATE'],
  ['p99_ms', 3010, 'FAIL'],
];
for (const [metric, latencyMs, expected] of latencyEdges) {
  test(`${metric} of ${latencyMs}: ${expected}`, () => {
    const verdict = judged({ latenciesMs: { hit: new Array<number>(6000).fill(latencyMs) } });
    assert.equal(row(verdict, metric).verdict, expected);
  });
}

test('the judged latency holds every operation, failed or not, at the time it took', () => {
  const fast = new Array<number>(900).fill(2);
  const slow = new Array<number>(100).fill(5000);
  for (const series of ['timeout', 'failed'] as const) {
    const verdict = judged({ latenciesMs: { hit: fast, [series]: slow } });
    assert.equal(row(verdict, 'p95_ms').verdict, 'FAIL', series);
  }
});

test('4 % of answers that are errors after 10 s fail P99', () => {
  const verdict = judged({
    hits: 5760,
    misses: 0,
    failures: { http_5xx: 240 },
    latenciesMs: {
      hit: new Array<number>(5760).fill(3),
      failed: new Array<number>(240).fill(10_000),
    },
  });
  assert.equal(row(verdict, 'p99_ms').verdict, 'FAIL');
  assert.ok(row(verdict, 'p99_ms').measured! > 9_990);
});

test('a figure at a timeout is a lower bound, and its reason says so', () => {
  const verdict = judged({
    hits: 5700,
    misses: 0,
    failures: { timeout: 300 },
    latenciesMs: {
      hit: new Array<number>(5700).fill(3),
      timeout: new Array<number>(300).fill(4000),
    },
  });
  assert.equal(row(verdict, 'p99_ms').isLowerBound, true);
  assert.equal(row(verdict, 'p95_ms').isLowerBound, undefined);
  assert.match(verdict.reasons.join('\n'), /P99 latency: ≥ 4,00\d.* ms/);
});

// Ten windows in which nothing is answered for so long, or part of it.
const silenceEdges: readonly [number, string][] = [
  [999, 'PASS'],
  [1000, 'INVESTIGATE'],
  [5000, 'INVESTIGATE'],
  [5001, 'FAIL'],
];
for (const [silenceMs, expected] of silenceEdges) {
  test(`a silence of ${silenceMs} ms: ${expected}, in both loops, and a note with 4 clients`, () => {
    const silence = (window: number) =>
      window % 6 === 5 ? { fromMs: 200, toMs: 200 + silenceMs } : { fromMs: 0, toMs: 3 };
    for (const load of [{}, { rate: 100, durationSecs: 60 }]) {
      const verdict = judged({ silence }, { numClients: 5, ...load });
      assert.equal(row(verdict, 'longest_silence_ms').measured, silenceMs);
      assert.equal(row(verdict, 'longest_silence_ms').verdict, expected);
      const few = judged({ silence }, { numClients: 4, ...load });
      assert.equal(few.verdict, 'PASS');
      assert.equal(/nothing was answered/.test(few.notes.join()), expected !== 'PASS');
    }
  });
}

test('a percentile whose interval holds a limit says so, and one that is known well does not', () => {
  // Evenly from 2 to 522 ms: P95 is 496 ms.
  const around = (operations: number) =>
    judged({
      hits: operations,
      misses: 0,
      latenciesMs: {
        hit: Array.from({ length: operations }, (_, at) => 2 + ((at * 7919) % 1000) * 0.52),
      },
    });
  const few = around(300);
  assert.match(
    few.notes.join('\n'),
    /P95 latency: its 95 % interval, 4\d\d to 5\d\d ms, holds the limit of 500 ms/,
  );
  const { interval } = row(few, 'p95_ms');
  assert.ok(interval!.lowMs < row(few, 'p95_ms').measured! && interval!.highMs! > 500);
  assert.doesNotMatch(around(6000).notes.join('\n'), /its 95 % interval/);
  assert.equal(judged({ hits: 40, misses: 0 }).intervals.p99_ms!.highMs, undefined);
});

test('margins are positive on the good side, in the unit of the row', () => {
  const verdict = judged({ hits: 940, misses: 0, failures: { reset: 60 } });
  assert.equal(row(verdict, 'success_rate_percent').margin, -1);
  assert.equal(row(verdict, 'error_rate_percent').margin, -1);
  assert.equal(row(judged(), 'p95_ms').margin, 500 - row(judged(), 'p95_ms').measured!);
});

test('the worst row is the verdict, and each such row is a reason', () => {
  const verdict = judged({ hits: 880, misses: 0, failures: { http_5xx: 120 } });
  assert.equal(verdict.verdict, 'FAIL');
  assert.deepEqual(verdict.reasons, [
    'success rate: 88 %, required > 95 %',
    'error rate: 12 %, required < 5 %',
  ]);
});

test('one wrong byte in a million fails the run, even an interrupted or a void one', () => {
  const plan: MeasurementPlan = {
    hits: 999_999,
    misses: 0,
    failures: { integrity: 1 },
    latenciesMs: {},
  };
  assert.equal(judged(plan).verdict, 'FAIL');
  assert.equal(judged({ ...plan, change: { stopReason: 'interrupted' } }).verdict, 'FAIL');
  assert.equal(judged({ ...plan, change: { stopReason: 'workers_lost' } }).verdict, 'FAIL');
  assert.equal(judged({ failures: { lost: 1 } }).verdict, 'FAIL');
});

test('interrupted comes before void, void before the rows', () => {
  const bad: MeasurementPlan = { hits: 1, failures: { http_5xx: 5000 } };
  assert.equal(judged({ ...bad, change: { stopReason: 'interrupted' } }).verdict, 'INTERRUPTED');
  assert.equal(judged({ ...bad, change: { stopReason: 'workers_lost' } }).verdict, 'VOID');
  assert.equal(judged(bad).verdict, 'FAIL');
});

test('no operation at all is void', () => {
  const verdict = judged({ hits: 0, misses: 0, durationMs: 0 });
  assert.equal(verdict.verdict, 'VOID');
  assert.match(verdict.reasons.join(), /no operation ended/);
});

test('all failed is FAIL, with rows that had nothing to measure', () => {
  const verdict = judged({ hits: 0, misses: 0, failures: { refused: 100 }, latenciesMs: {} });
  assert.equal(verdict.verdict, 'FAIL');
  assert.equal(row(verdict, 'p95_ms').measured, undefined);
  assert.equal(row(verdict, 'p95_ms').verdict, 'FAIL');
  assert.equal(row(verdict, 'hit_rate_points_from_target').verdict, 'FAIL');
});

test('a rate lowers the throughput limits to what was asked', () => {
  const asked = (operations: number) =>
    row(
      judged({ durationMs: 10_000, hits: operations, misses: 0 }, { rate: 5, durationSecs: 10 }),
      'throughput_ops_per_sec',
    ).verdict;
  assert.equal(asked(50), 'PASS');
  assert.equal(asked(49), 'INVESTIGATE');
  assert.equal(asked(45), 'INVESTIGATE');
  assert.equal(asked(44), 'FAIL');
});

test('failed and dropped operations do not count as throughput', () => {
  for (const kind of ['dropped', 'http_5xx'] as const) {
    const verdict = judged({ durationMs: 10_000, hits: 150, misses: 0, failures: { [kind]: 850 } });
    assert.equal(row(verdict, 'throughput_ops_per_sec').measured, 15);
    assert.equal(row(verdict, 'success_rate_percent').measured, 15);
  }
});

test('throughput is over the time in which all clients were sending: one operation that hangs does not change it', () => {
  const verdict = judged({
    durationMs: 40_000,
    sendingMs: 10_000,
    hits: 10_000,
    misses: 0,
    failures: { timeout: 1 },
  });
  assert.equal(row(verdict, 'throughput_ops_per_sec').measured, 1000);
});

test('below a second of sending by all, throughput is all operations over all time, with a note', () => {
  const verdict = judged({ durationMs: 2000, sendingMs: 900, windowMs: 100, hits: 300, misses: 0 });
  assert.equal(row(verdict, 'throughput_ops_per_sec').measured, 150);
  assert.match(verdict.notes.join('\n'), /all clients were sending for only 900 ms/);
});

test('few lookups are noted as a rough hit rate', () => {
  assert.match(
    judged({ hits: 75, misses: 25 }).notes.join(),
    /100 lookups measure the hit rate only to within 9 points/,
  );
});

test('where judging fails the run is void and keeps its figures', () => {
  const fails = () => {
    throw new RangeError('too much');
  };
  const verdict = judgeSafely(buildMeasurement(), resolveConfig({}), undefined, fails);
  assert.equal(verdict.verdict, 'VOID');
  assert.deepEqual(verdict.reasons, [
    'the run could not be judged (too much): its figures are kept',
  ]);
  assert.equal(judgeSafely(buildMeasurement(), resolveConfig({})).verdict, 'PASS');
});

test("a suite's verdict is its worst, by the same precedence", () => {
  const pass = judged();
  const investigate = judged({ hits: 930, misses: 0, failures: { http_5xx: 70 } });
  const fail = judged({ hits: 800, misses: 0, failures: { http_5xx: 200 } });
  const interrupted = judged({ change: { stopReason: 'interrupted' } });
  const lost = judged({ failures: { lost: 1 } });
  const isVoid = judged({ change: { stopReason: 'workers_lost' } });
  assert.equal(suiteVerdict([pass, pass]), 'PASS');
  assert.equal(suiteVerdict([pass, investigate]), 'INVESTIGATE');
  assert.equal(suiteVerdict([isVoid, investigate]), 'VOID');
  assert.equal(suiteVerdict([fail, isVoid]), 'FAIL');
  assert.equal(suiteVerdict([fail, interrupted]), 'INTERRUPTED');
  assert.equal(suiteVerdict([interrupted, lost]), 'FAIL');
  assert.equal(suiteVerdict([]), 'VOID');
});
