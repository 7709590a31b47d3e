import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { judge, type Verdict } from './judge.ts';

const fiveMinutes: MeasurementPlan = { durationMs: 300_000, hits: 22_500, misses: 7_500 };

/** Deterministic noise of -1 to 1, unlike its neighbours. */
function noise(index: number): number {
  const x = Math.sin(index * 12.9898) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
}

/** Garbage that grows by 30 MB and is collected every 7 s, over a floor. */
function sawtooth(floor: (atMs: number) => number): (atMs: number) => number {
  return (atMs) => floor(atMs) + ((atMs / 1000) % 7) * 4.3e6 + 1e6 * noise(atMs / 1000);
}

function judged(plan: MeasurementPlan): Verdict {
  return judge(buildMeasurement(plan), resolveConfig({ durationSecs: 300 }));
}

function row(verdict: Verdict, metric: string) {
  return verdict.rows.find((candidate) => candidate.metric === metric);
}

test('garbage that is collected is not a leak', () => {
  const verdict = judged({ ...fiveMinutes, memoryBytes: sawtooth(() => 90e6) });
  assert.equal(row(verdict, 'drift_server_memory')?.verdict, 'PASS');
  assert.equal(verdict.verdict, 'PASS');
});

test('garbage that piles up higher before it is collected is not a leak', () => {
  const higher = (atMs: number): number => 90e6 + ((atMs / 1000) % 5) * 1e6 * (5 + atMs / 10_000);
  const verdict = judged({ ...fiveMinutes, memoryBytes: higher });
  assert.equal(row(verdict, 'drift_server_memory')?.verdict, 'PASS');
});

test('a leak of 30 MB in five minutes is found under the garbage', () => {
  const leak = sawtooth((atMs) => 90e6 + (30e6 * atMs) / 300_000);
  const verdict = judged({ ...fiveMinutes, memoryBytes: leak });
  assert.equal(row(verdict, 'drift_server_memory')?.verdict, 'INVESTIGATE');
  assert.equal(verdict.verdict, 'INVESTIGATE');
  const change = row(verdict, 'drift_server_memory')?.measured ?? 0;
  // 24 windows of 10 s span 230 s of the 300: 23 MB.
  assert.ok(Math.abs(change - 23e6) < 4e6, String(change));
});

test('memory that settles in the first minute is not a leak', () => {
  const warm = sawtooth((atMs) => 90e6 + 60e6 * Math.min(1, atMs / 50_000));
  assert.equal(
    row(judged({ ...fiveMinutes, memoryBytes: warm }), 'drift_server_memory')?.verdict,
    'PASS',
  );
});

test('what rises while the clients begin is not drift', () => {
  const rampMs = 200_000;
  const latencies = Array.from({ length: 6000 }, (_, at) => {
    const begun = Math.min(1, (at * 100) / rampMs);
    return 2 + 8 * begun + 0.2 * noise(at);
  });
  const verdict = judged({
    durationMs: 600_000,
    sendingFromMs: rampMs,
    hits: 6000,
    misses: 0,
    latenciesMs: { hit: latencies },
    memoryBytes: (atMs) => 90e6 + 90e6 * Math.min(1, atMs / rampMs),
  });
  assert.deepEqual(
    ['drift_p95_latency', 'drift_server_memory'].map((metric) => row(verdict, metric)?.verdict),
    ['PASS', 'PASS'],
  );
});

test('a steady rise below 10 MB or 5 % is none', () => {
  const small = sawtooth((atMs) => 90e6 + (10e6 * atMs) / 300_000);
  assert.equal(
    row(judged({ ...fiveMinutes, memoryBytes: small }), 'drift_server_memory')?.verdict,
    'PASS',
  );
  const large = sawtooth((atMs) => 2e9 + (60e6 * atMs) / 300_000);
  assert.equal(
    row(judged({ ...fiveMinutes, memoryBytes: large }), 'drift_server_memory')?.verdict,
    'PASS',
  );
});

test('latency that rises from 10 to 20 ms is found, and falling latency is not', () => {
  const rising = Array.from(
    { length: 30_000 },
    (_, index) => 10 + (10 * index) / 30_000 + noise(index),
  );
  const up = judged({ ...fiveMinutes, latenciesMs: { hit: rising } });
  assert.equal(row(up, 'drift_p95_latency')?.verdict, 'INVESTIGATE');
  const down = judged({ ...fiveMinutes, latenciesMs: { hit: rising.toReversed() } });
  assert.equal(row(down, 'drift_p95_latency')?.verdict, 'PASS');
});

test('a run below 260 s has no drift rows, and a note where memory rose', () => {
  const verdict = judged({
    durationMs: 60_000,
    memoryBytes: (atMs) => 90e6 + (60e6 * atMs) / 60_000 + 1e5 * noise(atMs / 1000),
  });
  assert.equal(row(verdict, 'drift_server_memory'), undefined);
  assert.equal(verdict.verdict, 'PASS');
  assert.match(
    verdict.notes.join(),
    /server's memory rose by \d+\.\d MB over the run, too short to judge/,
  );
});

test('a server whose memory is not known has no memory row', () => {
  const verdict = judge(
    buildMeasurement({
      ...fiveMinutes,
      change: { server: { software: undefined, samples: [] } },
    }),
    resolveConfig({ durationSecs: 300 }),
  );
  assert.equal(row(verdict, 'drift_server_memory'), undefined);
  assert.ok(row(verdict, 'drift_p95_latency'));
});

/** 30,000 latencies over 300 s that scatter by a tenth around what `levelMs` says of an instant. */
function latencies(levelMs: (atMs: number) => number): number[] {
  return Array.from(
    { length: 30_000 },
    (_, index) => levelMs(index * 10) * (1 + 0.1 * noise(index)),
  );
}

for (const { what, plan, metric } of [
  {
    what: 'P95 that steps from 10 to 200 ms at 180 s',
    plan: { latenciesMs: { hit: latencies((atMs) => (atMs < 180_000 ? 10 : 200)) } },
    metric: 'drift_p95_latency',
  },
  {
    what: 'P95 that steps from 10 to 200 ms for the last minute',
    plan: { latenciesMs: { hit: latencies((atMs) => (atMs < 240_000 ? 10 : 200)) } },
    metric: 'drift_p95_latency',
  },
  {
    what: 'P95 that rises in the last fifth alone',
    plan: { latenciesMs: { hit: latencies((atMs) => 10 + Math.max(0, atMs - 250_000) / 2_000) } },
    metric: 'drift_p95_latency',
  },
  {
    what: 'P95 that rises from 0.5 to 1.45 ms',
    plan: { latenciesMs: { hit: latencies((atMs) => 0.5 + (0.95 * atMs) / 300_000) } },
    metric: 'drift_p95_latency',
  },
  {
    what: 'memory that steps from 100 MB to 1 GB at 180 s',
    plan: { memoryBytes: sawtooth((atMs) => (atMs < 180_000 ? 100e6 : 1e9)) },
    metric: 'drift_server_memory',
  },
  {
    what: 'memory that leaks 234 MB an hour',
    plan: { memoryBytes: sawtooth((atMs) => 90e6 + (234e6 * atMs) / 3_600_000) },
    metric: 'drift_server_memory',
  },
]) {
  test(`${what} is found`, () => {
    const verdict = judged({ ...fiveMinutes, ...plan });
    assert.equal(row(verdict, metric)?.verdict, 'INVESTIGATE');
    assert.equal(verdict.verdict, 'INVESTIGATE');
  });
}

test('a step says when it came, and a leak what it is per hour', () => {
  const step = judged({
    ...fiveMinutes,
    latenciesMs: { hit: latencies((atMs) => (atMs < 180_000 ? 10 : 200)) },
  });
  assert.match(step.notes.join(), /P95 latency rose by \d+\.\d\d ms at 180 s/);
  const leak = sawtooth((atMs) => 90e6 + (234e6 * atMs) / 3_600_000);
  const notes = judged({ ...fiveMinutes, memoryBytes: leak }).notes.join();
  const perHour = Number(/, (\d+\.\d) MB per hour/.exec(notes)?.[1]);
  assert.ok(Math.abs(perHour - 234) < 40, notes);
});

test('a row agrees with itself: what chance explains is not a measured rise', () => {
  // Two windows of the last third lie high: a slope that is not significant, beyond the floor.
  const wavy = latencies((atMs) => 10 + 8 * noise(Math.floor(atMs / 40_000) + 3));
  const verdict = judged({ ...fiveMinutes, latenciesMs: { hit: wavy } });
  const [drift] = verdict.drift.filter(({ metric }) => metric === 'p95_latency');
  assert.equal(drift?.shape, 'none');
  for (const { verdict: status, margin, metric } of verdict.rows) {
    if (margin !== undefined) assert.equal(margin >= 0, status === 'PASS', metric);
  }
  assert.equal(row(verdict, 'drift_p95_latency')?.measured, 0);
});

test('what ends after the last operation was sent is drain, not drift', () => {
  const plan: MeasurementPlan = {
    ...fiveMinutes,
    durationMs: 330_000,
    change: { sendingMs: 300_000 },
    latenciesMs: { hit: latencies((atMs) => (atMs < 272_700 ? 10 : 3_000)) },
    memoryBytes: sawtooth((atMs) => (atMs < 300_000 ? 90e6 : 500e6)),
  };
  // 30,000 latencies are spread over 330 s: from 300 s on they are the slow ones.
  const verdict = judged(plan);
  assert.equal(verdict.drift[0]?.windows, 24);
  assert.equal(verdict.drift[1]?.windows, 24);
  assert.equal(row(verdict, 'drift_p95_latency')?.verdict, 'PASS');
  assert.equal(row(verdict, 'drift_server_memory')?.verdict, 'PASS');
});

test('a soak of days has its windows made longer', () => {
  const hours = 30;
  const verdict = judge(
    buildMeasurement({
      durationMs: hours * 3_600_000,
      windowMs: 60_000,
      hits: 90_000,
      misses: 30_000,
      latenciesMs: {},
    }),
    resolveConfig({ durationSecs: hours * 3_600 }),
  );
  assert.ok((verdict.drift[0]?.windows ?? 0) <= 481);
});
