import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { ConnectionMeasurement } from '../measurement.ts';
import { checkConnections, checkOwnFailures } from './connection-health.ts';
import { connectionWaitsOf } from './connection-waits.ts';
import type { Cut } from './cut.ts';
import { judge } from './judge.ts';
import { type Measures, measuresOf } from './measures.ts';

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
      latenciesMs: {
        miss: new Array<number>(6000).fill(missMs),
        service: new Array<number>(6000).fill(25),
      },
    });
    const measurement = buildMeasurement({
      change: {
        connections: {
          ...connections,
          ...{ most: 2, busyMost: 2, allBusyMs: 59_000 },
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
  const quick = limited(29);
  assert.equal(quick.verdict, 'PASS');
  assert.match(quick.notes.join(), /the connections were the limit/);
});

test('what is said of the connections depends on what operations waited for', () => {
  const says = (change: Partial<ConnectionMeasurement>, late: Cut = []): string => {
    const { connections, windows } = buildMeasurement();
    const measurement = buildMeasurement({
      change: {
        connections: { ...connections, most: 10, busyMost: 10, ...change },
        windows: windows.map((window) => ({ ...window, allBusyMs: 990 })),
      },
    });
    const [check] = checkConnections(measurement, connectionWaitsOf(measurement, late));
    return check?.text ?? 'nothing';
  };
  const all = [{ fromMs: 0, toMs: 60_000 }];
  assert.match(says({ allBusyMs: 500 }), /at most 10 of 10/);
  assert.match(says({ allBusyMs: 59_000 }), /98 % of the time.*answered nothing/);
  assert.match(says({ allBusyMs: 59_000, allBusyServiceMs: 200 }), /took 200 ms.*for the target$/);
  assert.match(says({ allBusyMs: 59_000 }, all), /the generator had been late/);
  assert.equal(says({ most: undefined, allBusyMs: 59_000 }), 'nothing');
});
