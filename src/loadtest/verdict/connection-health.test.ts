import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import type { ConnectionMeasurement } from '../measurement.ts';
import { checkConnections, checkOwnFailures } from './connection-health.ts';

const status = (change: Partial<ConnectionMeasurement>): string | undefined => {
  const { connections } = buildMeasurement();
  const measurement = { connections: { ...connections, most: 10, busyMost: 10, ...change } };
  return checkConnections(measurement, 10_000)[0]?.status;
};

test('connections that were all busy while the target kept its pace spoil the run', () => {
  assert.equal(status({ allBusyMs: 9000, allBusyServiceMs: 20, calmServiceMs: 19 }), 'spoilt');
  assert.equal(status({ allBusyMs: 9000, allBusyServiceMs: 20 }), 'spoilt', 'all were always busy');
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

test("failures of the generator's own machine spoil a run, and few are noted", () => {
  const [many] = checkOwnFailures(buildMeasurement({ failures: { generator: 60 } }));
  const [few] = checkOwnFailures(buildMeasurement({ failures: { generator: 1 } }));
  assert.deepEqual([many?.status, few?.status], ['spoilt', 'note']);
  assert.deepEqual(checkOwnFailures(buildMeasurement({ failures: { refused: 60 } })), []);
});
