import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationBoundsMs, mergeCounters, noCounters } from './counters.ts';
import { Telemetry } from './telemetry.ts';

const get = { name: 'ac', operation: 'ac_get' };

test('counters of several processes add up row by row', () => {
  const [one, two] = [new Telemetry(), new Telemetry()];
  for (const telemetry of [one, one, two]) {
    telemetry.requestStarted();
    telemetry.requestEnded(get, 'GET', 200, 0.3);
  }
  two.requestStarted();
  two.requestEnded(get, 'GET', 404, 70_000);
  one.connectionsAccepted = 3;
  const lookups = (hits: number, space: 'ac' | 'cas', namespace = 'n') => [
    { namespace, space, hits, misses: 1, hitBytes: 10, writes: 2, writtenBytes: 20 },
  ];
  const merged = mergeCounters([
    one.counters(lookups(1, 'ac')),
    two.counters([...lookups(5, 'ac'), ...lookups(7, 'cas')]),
    noCounters,
  ]);
  assert.deepEqual(merged.requests, [
    { route: 'ac', method: 'GET', status: 200, count: 3 },
    { route: 'ac', method: 'GET', status: 404, count: 1 },
  ]);
  const [histogram] = merged.durations;
  assert.equal(histogram?.buckets[durationBoundsMs.indexOf(0.5)], 3);
  assert.equal(histogram?.buckets.at(-1), 1, 'what is above the last bound has a place');
  assert.equal(histogram?.buckets.length, durationBoundsMs.length + 1);
  assert.ok(Math.abs((histogram?.sumMs ?? 0) - 70_000.9) < 1e-6);
  assert.equal(merged.connectionsAccepted, 3);
  assert.deepEqual(merged.lookups, [
    { namespace: 'n', space: 'ac', hits: 6, misses: 2, hitBytes: 20, writes: 4, writtenBytes: 40 },
    { namespace: 'n', space: 'cas', hits: 7, misses: 1, hitBytes: 10, writes: 2, writtenBytes: 20 },
  ]);
  assert.equal(one.requestsInFlight, 0);
});
