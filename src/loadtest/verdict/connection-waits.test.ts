import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'hdr-histogram-js';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import type { Measurement } from '../measurement.ts';
import { bucketOfUs } from '../metrics/latency-counts.ts';
import { type ConnectionWaits, connectionWaitsOf } from './connection-waits.ts';

interface Second {
  readonly due: number;
  readonly serviceMs: number;
  /** How long each waits for a connection. */
  readonly waitMs: number;
  readonly allBusyMs: number;
}

/** Ten seconds of an open loop with ten connections. */
function run(second: (at: number) => Second, calmMs: readonly number[] = []): Measurement {
  const seconds = Array.from({ length: 10 }, (_, at) => second(at));
  const made = buildMeasurement({ durationMs: 10_000, latenciesMs: {} });
  const calmService = build();
  for (const ms of calmMs) calmService.recordValue(ms * 1000);
  return {
    ...made,
    parts: { ...made.parts, calmService: calmMs.length === 0 ? undefined : calmService },
    connections: {
      ...made.connections,
      most: 10,
      allBusyMs: seconds.reduce((sum, { allBusyMs }) => sum + allBusyMs, 0),
    },
    windows: made.windows.map((window, at) => {
      const { due, serviceMs, waitMs, allBusyMs } = seconds[at]!;
      const [hit, service] = [build(), build()];
      hit.recordValueWithCount(Math.round(1000 * (serviceMs + waitMs)), due);
      service.recordValueWithCount(Math.round(1000 * serviceMs), due);
      return { ...window, due, allBusyMs, histograms: { hit, service } };
    }),
  };
}

const causeOf = (measurement: Measurement): ConnectionWaits['cause'] =>
  connectionWaitsOf(measurement).cause;

/** At 20 ms per operation ten connections carry 500 per second. */
const overrun = (at: number): Second => ({
  due: 600,
  serviceMs: 20,
  waitMs: 200 * (at + 0.5),
  allBusyMs: 1000,
});

test('connections that cannot carry what is due at the pace of the target are the limit', () => {
  const { cause, pacedMs, needed, limited } = connectionWaitsOf(run(overrun));
  assert.equal(cause, 'connections');
  assert.ok(Math.abs(pacedMs! - 20) < 0.1, `${pacedMs}`);
  assert.ok(Math.abs(needed! - 12) < 0.1, `${needed}`);
  assert.equal(limited.length, 10);
  assert.equal(causeOf(run(overrun, new Array(12).fill(15))), 'connections');
});

test('a target that took less than half as long while connections were idle is itself the limit', () => {
  assert.equal(causeOf(run(overrun, new Array(12).fill(5))), 'target');
  assert.equal(causeOf(run(overrun, [5, 5])), 'connections', 'two operations prove nothing');
});

test('windows in compact form are paced as those with histograms are', () => {
  const counted = (measurement: Measurement): Measurement => ({
    ...measurement,
    windows: measurement.windows.map((window) => {
      const bucketCounts = Object.fromEntries(
        Object.entries(window.histograms).map(([name, histogram]) => {
          const us = histogram.getValueAtPercentile(50);
          return [name, Uint32Array.of(bucketOfUs(us), histogram.totalCount)];
        }),
      );
      return { ...window, bucketCounts, histograms: {} };
    }),
  });
  const mixed = (at: number): Second => ({ ...overrun(at), serviceMs: at < 5 ? 20 : 50 });
  const [plain, compact] = [run(mixed), counted(run(mixed))].map((one) => connectionWaitsOf(one));
  assert.equal(plain!.limited.length, 5, 'the slower half is left out');
  assert.deepEqual([compact!.cause, compact!.limited.length], [plain!.cause, 5]);
  assert.ok(Math.abs(compact!.pacedMs! - plain!.pacedMs!) < 0.1, `${compact!.pacedMs}`);
});

test('a target that was slow for a while, and the backlog of that time, are its own doing', () => {
  const slowed = (at: number): Second =>
    at < 3
      ? { due: 300, serviceMs: 20, waitMs: 0, allBusyMs: 0 }
      : at < 6
        ? { due: 125, serviceMs: 80, waitMs: 600, allBusyMs: 1000 }
        : { due: 300, serviceMs: 20, waitMs: 600, allBusyMs: 1000 };
  const { cause, limited } = connectionWaitsOf(run(slowed));
  assert.deepEqual([cause, limited], ['target', []]);
});

test('where nothing ends, operations wait for the target', () => {
  assert.equal(
    causeOf(run(() => ({ due: 0, serviceMs: 0, waitMs: 0, allBusyMs: 1000 }))),
    'target',
  );
});

test('a queue that chance makes in nearly busy connections is their doing', () => {
  // Erlang: of two in nine tenths, an operation waits for 4.3 times as long as it takes.
  const near = (load: number): Measurement => {
    const made = run(() => ({ due: 100 * load, serviceMs: 20, waitMs: 80, allBusyMs: 500 }));
    return { ...made, connections: { ...made.connections, most: 2 } };
  };
  assert.equal(causeOf(near(0.9)), 'connections');
  assert.equal(causeOf(near(0.5)), 'target', 'at half of what they carry it explains 7 ms');
});

test('workers do not share connections', () => {
  const measurement = run(() => ({ due: 450, serviceMs: 20, waitMs: 50, allBusyMs: 500 }));
  const { generator } = measurement;
  assert.equal(causeOf(measurement), 'target');
  const split = { ...measurement, generator: { ...generator, workers: 10 } };
  assert.equal(causeOf(split), 'connections');
});

test('what waits after the generator was late waits for the generator', () => {
  const late = (at: number): Second => ({ ...overrun(at), allBusyMs: at === 4 ? 1000 : 0 });
  const { cause, limited } = connectionWaitsOf(run(late), [{ fromMs: 3900, toMs: 5000 }]);
  assert.deepEqual([cause, limited], ['generator', []]);
  const nearly = (at: number): Second => ({
    ...late(at),
    allBusyMs: at === 7 ? 30 : late(at).allBusyMs,
  });
  const beside = connectionWaitsOf(run(nearly), [{ fromMs: 3900, toMs: 5000 }]);
  assert.equal(beside.cause, 'generator', 'a moment of the rest is nothing');
});

test('a moment in which all were busy is nothing, and a closed loop has no such bound', () => {
  const calm = run((at) => ({ ...overrun(at), allBusyMs: 5 }));
  assert.equal(causeOf(calm), 'none');
  const { connections } = calm;
  const closed = { ...calm, connections: { ...connections, most: undefined, allBusyMs: 9000 } };
  assert.equal(causeOf(closed), 'none');
});
