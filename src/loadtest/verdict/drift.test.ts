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

test('garbage that is collected is no leak', () => {
  const verdict = judged({ ...fiveMinutes, memoryBytes: sawtooth(() => 90e6) });
  assert.equal(row(verdict, 'drift_server_memory')?.verdict, 'PASS');
  assert.equal(verdict.verdict, 'PASS');
});

test('garbage that piles up higher before it is collected is no leak', () => {
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

test('memory that settles in the first minute is no leak', () => {
  const warm = sawtooth((atMs) => 90e6 + 60e6 * Math.min(1, atMs / 50_000));
  assert.equal(
    row(judged({ ...fiveMinutes, memoryBytes: warm }), 'drift_server_memory')?.verdict,
    'PASS',
  );
});

test('a steady rise below 16 MB or 5 % is none', () => {
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
