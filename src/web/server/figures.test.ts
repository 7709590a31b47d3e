import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverNow, serverPoint } from './figures.ts';
import { type ServerSample, serverColumns } from './state.ts';

const idle: ServerSample = {
  atMs: 1_000,
  version: '0',
  uptimeMs: 10,
  health: { state: 'ready', text: 'ready' },
  workersReplaced: 0,
  lookups: [lookups('a', 'ac', 90, 10), lookups('a', 'cas', 50, 0), lookups('b', 'ac', 0, 5)],
  answers: [
    { status: 200, count: 140 },
    { status: 404, count: 15 },
    { status: 503, count: 1 },
  ],
  latency: { boundsMs: [1, 10, 100], counts: [156, 0, 0, 0] },
  store: store(100, 7),
  processes: [worker(1, 100), worker(2, 500)],
};

const busy: ServerSample = {
  ...idle,
  atMs: 3_000,
  lookups: [lookups('a', 'ac', 120, 20), lookups('a', 'cas', 50, 0), lookups('b', 'ac', 0, 200)],
  answers: [
    { status: 200, count: 240 },
    { status: 503, count: 5 },
    { status: 404, count: 15 },
  ],
  latency: { boundsMs: [1, 10, 100], counts: [206, 40, 9, 1] },
  store: store(90, 27),
  // The second worker was replaced.
  processes: [worker(1, 1_100), worker(3, 400)],
};

const point = Object.fromEntries(
  serverPoint(idle, busy).map((figure, column) => [serverColumns[column]!, figure]),
);

test('rates are of what happened between two samples', () => {
  assert.equal(point.requestsPerSec, 52);
  assert.equal(point.failedPerSec, 2);
  assert.equal(point.evictedPerSec, 10);
  assert.equal(point.acHitRatePercent, (100 * 30) / 235);
  assert.equal(point.casHitRatePercent, null, 'the content store was not asked');
  assert.equal(point.entries, 90);
});

test('a process that came or went makes no leap of the CPU', () => {
  assert.equal(point.cpuCores, 0.5);
});

test('percentiles lie within the bucket of their rank, and never past the last bound', () => {
  assert.equal(point.p50Ms, 1);
  assert.ok(point.p95Ms! > 10 && point.p95Ms! < 100, `P95 ${point.p95Ms}`);
  assert.ok(point.p99Ms! > 10 && point.p99Ms! <= 100, `P99 ${point.p99Ms}`);
  const all = { ...busy, latency: { ...busy.latency, counts: [156, 0, 0, 10] } };
  assert.equal(serverPoint(idle, all)[5], 100);
});

test('the namespaces asked most come first, and only ten of them', () => {
  const many = Array.from({ length: 15 }, (_, n) => lookups(`n${n}`, 'ac', n, n));
  const now = serverNow(idle, idle, { ...busy, lookups: many });
  assert.equal(now.namespaces.length, 10);
  assert.equal(now.namespacesLeftOut, 5);
  assert.equal(now.namespaces[0]!.namespace, 'n14');
  assert.equal(now.namespaces[0]!.acHitRatePercent, 50);
  assert.equal(now.namespaces[0]!.casHitRatePercent, null);
});

test('the last minute and the time since the start are shown separately', () => {
  const { ac, failedPerMinute, evictedPerMinute } = serverNow(idle, idle, busy);
  assert.equal(ac.hitRatePercent, (100 * 120) / 340);
  assert.equal(ac.minuteHitRatePercent, (100 * 30) / 235);
  assert.equal(failedPerMinute, 4);
  assert.equal(evictedPerMinute, 20);
});

function lookups(namespace: string, space: 'ac' | 'cas', hits: number, misses: number) {
  return { namespace, space, hits, misses, hitBytes: 1, writes: 1, writtenBytes: 2 };
}

function store(entries: number, evictedEntries: number): ServerSample['store'] {
  return {
    entries,
    sizeBytes: 1,
    maxBytes: 0,
    evictedEntries,
    evictedBytes: 0,
    damagedEntries: 0,
    reservedBytes: 0,
  };
}

function worker(pid: number, cpuMs: number): ServerSample['processes'][number] {
  return {
    pid,
    role: 'worker',
    uptimeMs: 1,
    rssBytes: 9,
    privateBytes: 5,
    cpuMs,
    connectionsOpen: 1,
    requestsInFlight: 0,
  };
}
