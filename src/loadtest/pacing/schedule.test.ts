import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RateStage } from '../config/config.ts';
import { createRandom } from '../statistics/random.ts';
import { type ArrivalProcess, StagedSchedule } from './schedule.ts';

interface Plan {
  readonly stages: readonly RateStage[];
  readonly workers?: number;
  readonly seed?: number;
  readonly arrivals?: ArrivalProcess;
  readonly operationsMax?: number;
}

/** The instants of all workers, in order. */
function instantsOf({
  stages,
  workers = 1,
  seed = 1,
  arrivals = 'poisson',
  operationsMax = 0,
}: Plan): number[] {
  const all: number[] = [];
  for (let worker = 0; worker < workers; worker += 1) {
    const options = { stages, worker, workers, operationsMax, arrivals, seed };
    const schedule = new StagedSchedule(options);
    for (; !schedule.isOver; schedule.take()) all.push(schedule.nextDueMs);
    assert.equal(schedule.nextDueMs, Number.POSITIVE_INFINITY);
  }
  return all.sort((a, b) => a - b);
}

const steady = (rate: number, durationSecs: number): RateStage => ({
  durationSecs,
  fromRate: rate,
  toRate: rate,
});

function gapsOf(instants: readonly number[]): { mean: number; cv: number; correlation: number } {
  const gaps = instants.slice(1).map((at, index) => at - instants[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  const products = gaps.slice(1).map((gap, index) => (gap - mean) * (gaps[index]! - mean));
  const covariance = products.reduce((sum, product) => sum + product, 0) / products.length;
  return { mean, cv: Math.sqrt(variance) / mean, correlation: covariance / variance };
}

describe('Poisson arrivals', () => {
  for (const workers of [1, 3]) {
    test(`over ${workers} workers: as many as asked, with gaps that know nothing of each other`, () => {
      const instants = instantsOf({ stages: [steady(1000, 20)], workers });
      assert.equal(instants.length, 20_000);
      const { mean, cv, correlation } = gapsOf(instants);
      assert.ok(Math.abs(mean - 1) < 0.01, `${mean}`);
      assert.ok(Math.abs(cv - 1) < 0.03, `coefficient of variation ${cv}`);
      assert.ok(Math.abs(correlation) < 0.03, `correlation ${correlation}`);
      // A share of 1/e of exponential gaps is longer than the mean.
      const long = instants.slice(1).filter((at, index) => at - instants[index]! > mean).length;
      assert.ok(Math.abs(long / 20_000 - Math.exp(-1)) < 0.02, `${long}`);
      // The number in a tenth of a second varies as its mean does.
      const counts = new Array<number>(200).fill(0);
      for (const at of instants) counts[Math.min(199, Math.floor(at / 100))]! += 1;
      const dispersion = counts.reduce((sum, count) => sum + (count - 100) ** 2, 0) / 200 / 100;
      assert.ok(dispersion > 0.7 && dispersion < 1.35, `${dispersion}`);
    });
  }

  test('follow a ramp and leave a pause empty', () => {
    const stages = [{ durationSecs: 10, fromRate: 0, toRate: 400 }, steady(0, 5), steady(200, 5)];
    const instants = instantsOf({ stages });
    assert.equal(instants.length, 3000);
    const between = (from: number, to: number): number =>
      instants.filter((at) => at >= from && at < to).length;
    // Half of the time of a ramp from 0 has a quarter of its operations.
    assert.ok(Math.abs(between(0, 5000) - 500) < 90, `${between(0, 5000)}`);
    assert.ok(Math.abs(between(0, 10_000) - 2000) < 110, `${between(0, 10_000)}`);
    assert.equal(between(10_000.001, 15_000), 0);
  });

  test('are the same for a seed and others for another', () => {
    const stages = [steady(100, 2)];
    assert.deepEqual(instantsOf({ stages, seed: 4 }), instantsOf({ stages, seed: 4 }));
    assert.notDeepEqual(instantsOf({ stages, seed: 4 }), instantsOf({ stages, seed: 5 }));
  });

  test('end with a cap, not with the time that the cap would need', () => {
    const instants = instantsOf({ stages: [steady(100, 10)], operationsMax: 300, workers: 2 });
    assert.equal(instants.length, 300);
    assert.ok(instants.at(-1)! > 2000 && instants.at(-1)! < 4500, `${instants.at(-1)}`);
  });
});

test('constant arrivals are evenly spaced, also around a pause', () => {
  const stages = [steady(10, 1), steady(0, 2), steady(10, 1)];
  const instants = instantsOf({ stages, arrivals: 'constant', workers: 2 });
  assert.equal(instants.length, 20);
  assert.deepEqual(
    [instants[9], instants[10]].map((at) => Math.round(at!)),
    [900, 3000],
  );
});

/** P99 of the time at a server that serves one after another, in mean times of its exponential service. */
function p99AtLoad(load: number, arrivals: ArrivalProcess): number {
  const random = createRandom(7, 1);
  const instants = instantsOf({ stages: [steady(load * 1000, 400)], arrivals });
  let freeMs = 0;
  const times = instants.map((at) => {
    freeMs = Math.max(freeMs, at) - Math.log(1 - random());
    return freeMs - at;
  });
  return times.sort((a, b) => a - b)[Math.ceil(0.99 * times.length) - 1]!;
}

test('even spacing flatters a busy server: at 90 % of its capacity it halves P99', () => {
  const [poisson, constant] = [p99AtLoad(0.9, 'poisson'), p99AtLoad(0.9, 'constant')];
  // Kleinrock, Queueing Systems I, 1975: 46.1 and 23.8 times the mean service for M/M/1 and D/M/1.
  assert.ok(Math.abs(poisson - 46.1) < 10, `${poisson}`);
  assert.ok(Math.abs(constant - 23.8) < 5, `${constant}`);
});
