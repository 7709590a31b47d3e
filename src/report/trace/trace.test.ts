import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceStats } from '../../loadtest/internal.ts';
import { createStyle, renderTraceStats, traceChartsOf } from '../index.ts';

const plain = createStyle({ color: false, width: 100 });
const gib = 2 ** 30;

const stats: TraceStats = {
  trace: 'team.trace',
  durationMs: 3_600_000,
  lookups: 120_000,
  stores: 30_000,
  recordedHitRatePercent: 71.24,
  unlimitedHitRatePercent: 75,
  keys: 31_000,
  workingSetBytes: 12 * gib,
  sampledShare: 1,
  growth: [1, 2, 3, 4].map((quarter) => ({
    atMs: quarter * 900_000,
    keys: quarter * 7750,
    sizeBytes: quarter * 3 * gib,
  })),
  curve: [
    { sizeBytes: gib, lruPercent: 40, sievePercent: 48.06, s3FifoPercent: 47.5 },
    { sizeBytes: 8 * gib, lruPercent: 74.2, sievePercent: 74.6, s3FifoPercent: 74.5 },
    { sizeBytes: 16 * gib, lruPercent: 75, sievePercent: 75, s3FifoPercent: 75 },
  ],
  notes: [],
};

test('the size that is enough is named, below the hit rates by size and policy', () => {
  const lines = renderTraceStats(stats, plain).split('\n');
  assert.match(lines[0]!, /^team\.trace {2}120,000 lookups and 30,000 stores in 60 min$/);
  assert.match(lines.join('\n'), /recorded 71\.2 %, of a cache that keeps everything 75[.0]* %/);
  assert.ok(lines.some((line) => /1[.0]* GiB\s+40[.0]* ?%\s+48\.1 ?%\s+47\.5 ?%\s*$/.test(line)));
  assert.match(lines.at(-1)!, /^8[.0]* GiB is within 1 point of a cache that keeps everything/);
  const small = { ...stats, curve: stats.curve.slice(0, 1) };
  assert.match(renderTraceStats(small, plain), /None of these sizes comes within a point/);
});

test('what was estimated by a sample is called so', () => {
  const text = renderTraceStats({ ...stats, sampledShare: 0.1, notes: ['10 % of keys'] }, plain);
  assert.match(text, /about 12[.0]* GiB, about 31,000 keys/);
  assert.match(text, /- 10 % of keys/);
  const none = { ...stats, recordedHitRatePercent: null, unlimitedHitRatePercent: null };
  assert.doesNotMatch(renderTraceStats(none, plain), /NaN|null/);
});

test('the charts draw a miss ratio for each policy, and the growth', () => {
  const [group] = traceChartsOf(stats);
  const [misses, growth] = group!.charts as unknown as {
    id: string;
    option: { series: { name: string; data: [number, number][] }[] };
  }[];
  assert.deepEqual([misses!.id, growth!.id], ['miss-ratio', 'working-set-growth']);
  const drawn = misses!.option.series.map(({ name, data }) => [name, data[1]]);
  assert.deepEqual(
    drawn.map(([name]) => name),
    ['LRU', 'SIEVE', 'S3-FIFO'],
  );
  assert.deepEqual(drawn[0]![1], [8 * gib, 100 - 74.2]);
  assert.deepEqual(growth!.option.series[0]!.data.at(-1), [3_600_000, 12 * gib]);
});
