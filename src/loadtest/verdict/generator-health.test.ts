import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { type Criteria, defaultCriteria } from './criteria.ts';
import { judge, type Verdict } from './judge.ts';

const base = buildMeasurement();

function open(plan: MeasurementPlan = {}): Verdict {
  return judge(
    buildMeasurement(plan),
    resolveConfig({ rate: 100, durationSecs: 60, numClients: 4 }),
  );
}

function closed(plan: MeasurementPlan = {}, criteria?: Criteria): Verdict {
  return judge(buildMeasurement(plan), resolveConfig({ numClients: 5 }), criteria);
}

function generator(change: Partial<typeof base.generator>): MeasurementPlan {
  return { change: { generator: { ...base.generator, ...change } } };
}

const lag = (lateMs: number): MeasurementPlan => ({
  latenciesMs: {
    hit: new Array<number>(4500).fill(2),
    send_lag: [...new Array<number>(980).fill(0.2), ...new Array<number>(20).fill(lateMs)],
  },
});
const steal = (machineSteal: number): MeasurementPlan => ({ generatorSample: { machineSteal } });
const calibration = (afterMs: number): MeasurementPlan =>
  generator({ calibration: { beforeMs: 100, afterMs } });

/** A run in which samples `from` to `to` are like this, and operations take so long then. */
function partly(
  [from, to]: readonly [number, number],
  sample: Partial<(typeof base.generator.samples)[number]>,
  slowMs: number,
): MeasurementPlan {
  const samples = base.generator.samples.map((one, index) =>
    index >= from && index <= to ? { ...one, ...sample } : one,
  );
  // 100 operations per second.
  const hit = Array.from({ length: 6000 }, (_, at) =>
    Math.floor(at / 100) >= from - 1 && Math.floor(at / 100) < to ? slowMs : 3,
  );
  return { ...generator({ samples }), hits: 6000, misses: 0, latenciesMs: { hit } };
}

/** The published ones; the runs here hit always. */
const { hit_rate_points_from_target: _, ...withoutHitRate } = defaultCriteria;

test('a healthy open loop passes', () => {
  const verdict = open(lag(4));
  assert.equal(verdict.verdict, 'PASS', verdict.reasons.join('\n'));
  assert.deepEqual(verdict.notes, []);
});

const noted: readonly [string, MeasurementPlan, RegExp][] = [
  ['a late event loop', { generatorSample: { loopDelayP99Ms: 60 } }, /event loop was late/],
  [
    'a generator that stalls',
    { generatorSample: { loopDelayMaxMs: 140 } },
    /stalled for up to 140 ms/,
  ],
  ['a machine that others took', steal(0.2), /hypervisor took 20.0 %/],
  ['a machine of half the speed', calibration(210), /fixed work took 100 ms before and 210 ms/],
  ['a machine of twice the speed', calibration(45), /fixed work/],
  [
    'a machine that others used',
    { generatorSample: { machineOtherCpu: 0.8 } },
    /80.0 % of the machine's CPU was used by neither/,
  ],
  [
    'nearly all files used',
    generator({ openFiles: { limit: 100, needed: 90 } }),
    /before adding clients/,
  ],
];
for (const [name, plan, note] of noted) {
  test(`${name} is a note where the rows pass, in both loops`, () => {
    for (const run of [open, closed]) {
      const verdict = run(plan);
      assert.equal(verdict.verdict, 'PASS', verdict.reasons.join('\n'));
      assert.match(verdict.notes.join('\n'), note);
    }
  });
}

test('late sends are a note in an open loop whose rows pass, and void one whose rows do not', () => {
  const verdict = open(lag(9));
  assert.equal(verdict.verdict, 'PASS');
  assert.match(verdict.notes.join('\n'), /sent 9.\d+ ms late at P99.*did not keep its schedule/);
  const late = new Array<number>(4500).fill(1400);
  const slow = open({ latenciesMs: { hit: late, send_lag: late } });
  assert.equal(slow.verdict, 'VOID');
  assert.match(slow.reasons.join('\n'), /did not keep its schedule/);
});

test('a closed loop whose generator stalled for 1.4 s of each second is void, and not the target to blame', () => {
  const plan: MeasurementPlan = {
    generatorSample: { loopDelayP99Ms: 1400, loopDelayMaxMs: 1400, machineSteal: 0.6 },
    latenciesMs: { hit: new Array<number>(4500).fill(1450) },
  };
  const verdict = closed({
    ...plan,
    change: {
      generator: {
        ...buildMeasurement(plan).generator,
        calibration: { beforeMs: 100, afterMs: 500 },
      },
    },
  });
  assert.equal(verdict.verdict, 'VOID');
  assert.match(verdict.reasons.join('\n'), /stalled for up to 1400 ms/);
  assert.match(
    verdict.reasons.join('\n'),
    /P95 latency is FAIL with those seconds and PASS without/,
  );
});

test('what the target did wrong with the generator at its best stays its own', () => {
  const stalled = { generatorSample: { loopDelayMaxMs: 120 } };
  const refused = closed({
    ...stalled,
    hits: 0,
    misses: 0,
    failures: { refused: 500 },
    latenciesMs: {},
  });
  assert.equal(refused.verdict, 'FAIL');
  const slow = closed({ ...stalled, latenciesMs: { hit: new Array<number>(4500).fill(20_000) } });
  assert.equal(slow.verdict, 'FAIL');
  const close = closed({ ...stalled, latenciesMs: { hit: new Array<number>(4500).fill(1050) } });
  assert.equal(close.verdict, 'VOID');
});

test('steal of 90 % in 3 of 60 s is a note that says what P99 is without them, and void where it decides a row', () => {
  const plan = partly([20, 22], { machineSteal: 0.9 }, 900);
  const verdict = closed(plan, withoutHitRate);
  assert.equal(verdict.verdict, 'PASS', verdict.reasons.join('\n'));
  assert.match(verdict.notes.join('\n'), /90.0 % in the worst second/);
  assert.match(
    verdict.notes.join('\n'),
    /without the .* s in which .*P99 3.* ms instead of 90\d ms/,
  );
  const strict = closed(plan, { p99_ms: { pass: 500, fail: 1000 } });
  assert.equal(strict.verdict, 'VOID');
  assert.match(
    strict.reasons.join('\n'),
    /P99 latency is INVESTIGATE with those seconds and PASS without/,
  );
});

test("one pause of the generator of half a second is not the target's P99.9 in silence", () => {
  const plan = partly([30, 30], { loopDelayMaxMs: 500 }, 441);
  const verdict = closed(plan, withoutHitRate);
  assert.equal(verdict.verdict, 'PASS');
  assert.match(verdict.notes.join('\n'), /P99.9 3.* ms instead of 441 ms/);
  assert.equal(closed(plan, { p999_ms: { pass: 100, fail: 200 } }).verdict, 'VOID');
});

test('a silence of the generator is none of the target', () => {
  const plan = partly([30, 33], { loopDelayMaxMs: 900 }, 3);
  const silence = (window: number) =>
    window === 33 ? { fromMs: 29_500, toMs: 33_400 } : undefined;
  assert.equal(
    closed({ ...plan, silence }, { longest_silence_ms: { pass: 1000, fail: 3000 } }).verdict,
    'VOID',
  );
  const longer = (window: number) => (window === 45 ? { fromMs: 29_500, toMs: 45_000 } : undefined);
  assert.equal(
    closed({ ...plan, silence: longer }, { longest_silence_ms: { pass: 1000, fail: 3000 } })
      .verdict,
    'FAIL',
  );
});

test('a row that fails with and without the failed seconds fails', () => {
  const plan = partly([30, 31], { loopDelayMaxMs: 800 }, 900);
  const verdict = closed({ ...plan, hits: 5000, failures: { http_5xx: 1000 } }, withoutHitRate);
  assert.equal(verdict.verdict, 'FAIL');
});

test('a lost worker late in a run is a note, an early one leaves nothing to judge', () => {
  const lostAt = (atMs: number): MeasurementPlan =>
    generator({ workers: 2, lostWorkers: [{ worker: 1, reason: 'out of memory', atMs }] });
  for (const run of [open, closed]) {
    assert.equal(run(lostAt(45_000)).verdict, 'PASS');
    assert.match(
      run(lostAt(45_000)).notes.join(),
      /1 of 2 generator workers were lost \(out of memory\)/,
    );
    assert.equal(run(lostAt(10_000)).verdict, 'VOID');
    assert.match(run(lostAt(10_000)).reasons.join(), /were lost/);
  }
});

test('missing open files make both loops void, even where the rows fail', () => {
  const files = generator({ openFiles: { limit: 256, needed: 300 } });
  for (const run of [open, closed]) {
    assert.equal(run(files).verdict, 'VOID');
    assert.match(run(files).reasons.join(), /raise ulimit -n/);
  }
  assert.equal(closed({ ...files, hits: 0, failures: { refused: 500 } }).verdict, 'VOID');
});

test('a generator that used all its CPU is a note in a closed loop', () => {
  assert.match(closed({ generatorSample: { cpuCores: 1.1 } }).notes.join(), /all that it could/);
  assert.deepEqual(open({ generatorSample: { cpuCores: 1.1 } }).notes, []);
});

test('lateness may be a tenth of a slow target', () => {
  const slow = lag(30).latenciesMs;
  const verdict = open({ latenciesMs: { ...slow, hit: new Array<number>(4500).fill(400) } });
  assert.doesNotMatch(verdict.notes.join(), /did not keep its schedule/);
});

test('no row contradicts itself: it passes exactly where its margin is positive', () => {
  const plans: MeasurementPlan[] = [
    {},
    { failures: { http_5xx: 600 }, silence: () => ({ fromMs: 0, toMs: 1000 }) },
    { inFlight: (window) => (window > 20 && window < 40 ? 900 : 5) },
    { durationMs: 300_000, hits: 30_000, memoryBytes: (atMs) => 90e6 + (atMs % 7000) * 3000 },
  ];
  for (const run of [open, closed]) {
    for (const { rows } of plans.map((plan) => run(plan))) {
      for (const { metric, margin, verdict } of rows) {
        const passes = metric === 'integrity_and_lost' ? margin === 0 : margin! > 0;
        assert.equal(verdict === 'PASS', passes, `${metric}: ${verdict}, margin ${margin}`);
      }
    }
  }
});
