import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ConnectionMeasurement } from '../measurement.ts';
import {
  checkConnections,
  checkOwnFailures,
  wereConnectionsTheLimit,
} from './connection-health.ts';
import { judge } from './judge.ts';
import { type Measures, measuresOf } from './measures.ts';

const status = (change: Partial<ConnectionMeasurement>): string | undefined => {
  const { connections } = buildMeasurement();
  const measurement = { connections: { ...connections, most: 10, busyMost: 10, ...change } };
  const [check] = checkConnections(measurement, 10_000);
  return wereConnectionsTheLimit(measurement, 10_000) ? 'limit' : check?.status;
};

test('connections that were all busy while the target kept its pace were the limit', () => {
  assert.equal(status({ allBusyMs: 9000, allBusyServiceMs: 20, calmServiceMs: 19 }), 'limit');
  assert.equal(status({ allBusyMs: 9000, allBusyServiceMs: 20 }), 'limit', 'all were always busy');
});

test('connections that were all busy because the target slowed down are its own doing', () => {
  assert.equal(status({ allBusyMs: 9000, allBusyServiceMs: 200, calmServiceMs: 20 }), 'note');
  assert.equal(status({ allBusyMs: 9000, calmServiceMs: 20 }), 'note', 'it answered nothing');
});

test('a moment in which all were busy is nothing, and a closed loop has no such bound', () => {
  assert.equal(status({ allBusyMs: 50, allBusyServiceMs: 20, calmServiceMs: 19 }), 'ok');
  assert.equal(status({ allBusyMs: 0 }), 'ok');
  assert.equal(status({ most: undefined, allBusyMs: 9000 }), undefined);
});

test("many failures of the generator's own machine void a run, and few are noted", () => {
  const [many] = checkOwnFailures(buildMeasurement({ failures: { generator: 60 } }));
  const [few] = checkOwnFailures(buildMeasurement({ failures: { generator: 1 } }));
  assert.deepEqual([many?.status, few?.status], ['void', 'note']);
  assert.deepEqual(checkOwnFailures(buildMeasurement({ failures: { refused: 60 } })), []);
});

test("failures of the generator's own machine are in no rate and no latency of the target", () => {
  const judged = (generator: number): Measures =>
    measuresOf(buildMeasurement({ failures: { generator } }));
  for (const generator of [1, 600]) {
    const { success_rate_percent, error_rate_percent } = judged(generator);
    assert.deepEqual([success_rate_percent, error_rate_percent], [100, 0]);
  }
  assert.equal(
    measuresOf(buildMeasurement({ hits: 0, misses: 0, failures: { generator: 60 } }))
      .success_rate_percent,
    undefined,
  );
  const config = resolveConfig({ workers: 1 });
  const many = judge(buildMeasurement({ failures: { generator: 600 } }), config);
  assert.equal(many.verdict, 'VOID');
  assert.match(many.reasons.join(), /600 operations failed because this machine/);
  const few = judge(buildMeasurement({ failures: { generator: 1 } }), config);
  assert.equal(few.verdict, 'PASS');
  assert.match(few.notes.join(), /this machine/);
});

test('a run that its connections limited is VOID where they decide a row, and else says so in a note', () => {
  const limited = (missMs: number): ReturnType<typeof judge> => {
    const { connections, windows } = buildMeasurement({
      latenciesMs: { hit: [], miss: new Array<number>(6000).fill(missMs) },
    });
    const measurement = buildMeasurement({
      change: {
        connections: {
          ...connections,
          ...{ most: 10, busyMost: 10, allBusyMs: 59_000, allBusyServiceMs: 20, calmServiceMs: 20 },
        },
        windows: windows.map((window) => ({ ...window, due: 100, allBusyMs: 990 })),
        scheduled: 6000,
      },
    });
    return judge(measurement, resolveConfig({ rate: 100, durationSecs: 60, workers: 1 }));
  };
  const slow = limited(4000);
  assert.equal(slow.verdict, 'VOID');
  assert.match(slow.reasons.join(), /the connections were the limit/);
  const quick = limited(4);
  assert.equal(quick.verdict, 'PASS');
  assert.match(quick.notes.join(), /the connections were the limit/);
});
