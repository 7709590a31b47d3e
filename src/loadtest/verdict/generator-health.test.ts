import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { judge, type Verdict } from './judge.ts';

const base = buildMeasurement();

function open(plan: MeasurementPlan = {}): Verdict {
  return judge(
    buildMeasurement(plan),
    resolveConfig({ rate: 100, durationSecs: 60, numClients: 4 }),
  );
}

function closed(plan: MeasurementPlan = {}): Verdict {
  return judge(buildMeasurement(plan), resolveConfig({ numClients: 4 }));
}

function generator(change: Partial<typeof base.generator>): MeasurementPlan {
  return { change: { generator: { ...base.generator, ...change } } };
}

const hits = new Array<number>(4500).fill(2);
const lag = (lateMs: number): MeasurementPlan => ({
  latenciesMs: {
    hit: hits,
    send_lag: [...new Array<number>(980).fill(0.2), ...new Array<number>(20).fill(lateMs)],
  },
});
const steal = (machineSteal: number): MeasurementPlan => ({ generatorSample: { machineSteal } });
const calibration = (afterMs: number): MeasurementPlan =>
  generator({ calibration: { beforeMs: 100, afterMs } });
const lost = generator({ workers: 2, lostWorkers: [{ worker: 1, reason: 'out of memory' }] });

test('a healthy open loop passes', () => {
  const verdict = open(lag(4));
  assert.equal(verdict.verdict, 'PASS', verdict.reasons.join('\n'));
});

const spoiling: readonly [string, MeasurementPlan, RegExp][] = [
  ['late sends', lag(9), /sent 9.\d+ ms late at P99.*did not keep its schedule/],
  ['a late event loop', { generatorSample: { loopDelayP99Ms: 60 } }, /event loop was late/],
  ['a machine that others took', steal(0.2), /hypervisor took 20.0 %/],
  ['a machine of half the speed', calibration(210), /fixed work took 100 ms before and 210 ms/],
  ['a machine of twice the speed', calibration(45), /fixed work/],
];
for (const [name, plan, reason] of spoiling) {
  test(`an open loop is void with ${name}`, () => {
    const verdict = open(plan);
    assert.equal(verdict.verdict, 'VOID');
    assert.match(verdict.reasons.join('\n'), reason);
  });
}

for (const [name, plan, note] of spoiling.slice(1)) {
  test(`a closed loop only notes ${name}`, () => {
    const verdict = closed(plan);
    assert.equal(verdict.verdict, 'PASS');
    assert.match(verdict.notes.join('\n'), note);
  });
}

test('lost workers and missing open files spoil both models', () => {
  for (const run of [open, closed]) {
    assert.equal(run(lost).verdict, 'VOID');
    assert.match(run(lost).reasons.join(), /1 of 2 generator workers were lost \(out of memory\)/);
    const files = generator({ openFiles: { limit: 256, needed: 300 } });
    assert.equal(run(files).verdict, 'VOID');
    assert.match(run(files).reasons.join(), /raise ulimit -n/);
  }
});

test('a run that its generator invalidated is void even where its rows fail', () => {
  assert.equal(closed({ ...lost, hits: 0, failures: { refused: 500 } }).verdict, 'VOID');
});

test('files that are nearly used up, a somewhat slower machine and a busy generator are notes', () => {
  assert.match(
    closed(generator({ openFiles: { limit: 100, needed: 90 } })).notes.join(),
    /before asking for more clients/,
  );
  assert.match(open(calibration(150)).notes.join(), /compare its figures with care/);
  assert.match(closed({ generatorSample: { cpuCores: 1.1 } }).notes.join(), /all that it could/);
  assert.equal(open({ generatorSample: { cpuCores: 1.1 } }).verdict, 'PASS');
});

test('one late second is chance', () => {
  const samples = base.generator.samples.map((sample, index) => ({
    ...sample,
    loopDelayP99Ms: index === 7 ? 400 : 2,
  }));
  assert.equal(open(generator({ samples })).verdict, 'PASS');
});

test('lateness may be a tenth of a slow target', () => {
  const slow = lag(30).latenciesMs;
  const verdict = open({ latenciesMs: { ...slow, hit: new Array<number>(4500).fill(400) } });
  assert.notEqual(verdict.verdict, 'VOID');
});
