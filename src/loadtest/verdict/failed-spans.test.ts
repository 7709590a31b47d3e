import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { cutOf, measuredWithout } from './cut.ts';
import { generatorFailuresOf } from './failed-spans.ts';

const config = resolveConfig({ rate: 100, durationSecs: 2, numClients: 4 });
/** Operations that were sent on time, but for those of one window. */
const lateIn = (window: number, lateMs: number) =>
  Array.from({ length: 40 }, (_, at) => (at === window ? lateMs : 0.2));
const measured = (lagMs: readonly number[]) =>
  buildMeasurement({
    durationMs: 2000,
    windowMs: 50,
    hits: 200,
    misses: 0,
    latenciesMs: { send_lag: lagMs },
  });

test('what was sent late fails the time from when it was due to the end of the next window', () => {
  const spans = generatorFailuresOf(measured(lateIn(14, 690)), config, 50).spans;
  assert.deepEqual(
    spans.map(({ cause }) => cause),
    ['send_lag'],
  );
  const [{ fromMs, toMs } = { fromMs: 0, toMs: 0 }] = spans;
  // Within what a histogram of three digits keeps of 690 ms.
  assert.ok(Math.abs(fromMs - 10) <= 1, `from ${fromMs}`);
  assert.equal(toMs, 800);
});

test('neither the windows that a stall left empty nor those after it are kept', () => {
  const measurement = measured(lateIn(14, 690));
  const cut = cutOf(generatorFailuresOf(measurement, config, 50).spans);
  const kept = measuredWithout(measurement, cut);
  assert.equal(kept.windows[0]?.startMs, 800);
  assert.equal(kept.sendingMs, 1200);
});

test('operations that were sent in time fail nothing', () => {
  assert.deepEqual(generatorFailuresOf(measured(lateIn(14, 40)), config, 50).spans, []);
});
