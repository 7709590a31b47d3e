import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Window } from '../measurement.ts';
import { Collector } from './collector.ts';
import { type Counters, counterSlot, counterSlots } from './counters.ts';
import type { EvictionHistory } from './evictions.ts';
import { createSendingMemory, SendingTime } from './sending-time.ts';
import { type Sample, WindowRecorder } from './window-recorder.ts';

const windowMs = 100;

function recorderFor(
  collector: Collector,
  worker = 0,
  sending = createSendingMemory(),
): { recorder: WindowRecorder; counters: Counters } {
  const counters = new Float64Array(counterSlots);
  const recorder = new WindowRecorder({
    counters,
    startMs: 0,
    windowMs,
    sending: new SendingTime(sending, 0),
    onWindow: (window) => collector.add(worker, window),
  });
  return { recorder, counters };
}

function sample(endMs: number, more: Partial<Sample> = {}): Sample {
  return {
    endMs,
    latencyUs: 500,
    serviceUs: undefined,
    lookup: 'hit',
    failure: undefined,
    readBytes: 0,
    writtenBytes: 0,
    retries: 0,
    suspect: false,
    ...more,
  };
}

function samplesOf(
  windows: readonly Window[],
  series: 'hit' | 'miss' | 'timeout' | 'failed' | 'service',
): number {
  return windows.reduce((sum, { histograms }) => sum + (histograms[series]?.totalCount ?? 0), 0);
}

test('operations are counted in the window in which they ended, and empty windows between them too', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10));
  recorder.record(sample(99.9));
  recorder.record(sample(100));
  recorder.record(sample(450, { failure: 'http_5xx', lookup: undefined }));
  recorder.finish(460);
  const windows = collector.windows(460);
  assert.deepEqual(
    windows.map(({ counts }) => counts.total),
    [2, 1, 0, 0, 1],
  );
  assert.deepEqual(windows.map(({ startMs, endMs }) => [startMs, endMs]).at(-1), [400, 460]);
  assert.equal(windows[4]!.histograms.failed?.totalCount, 1);
  assert.equal(windows[4]!.counts.failures.http_5xx, 1);
});

test('how late an operation was sent is counted in the window in which it was sent, also after a stall', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.recordSendLag(200, 10);
  // The generator stalled: no window was handed over meanwhile.
  recorder.recordSendLag(700_000, 720);
  recorder.record(sample(730));
  recorder.finish(740);
  const late = collector
    .windows(740)
    .flatMap(({ startMs, histograms }) => (histograms.send_lag === undefined ? [] : [startMs]));
  assert.deepEqual(late, [0, 700]);
});

test("what the generator's own machine failed has no latency of the target", () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10, { failure: 'generator', lookup: undefined, serviceUs: 20 }));
  recorder.record(sample(20, { failure: 'refused', lookup: undefined, serviceUs: 20 }));
  recorder.finish(30);
  const windows = collector.windows(30);
  assert.deepEqual([windows[0]!.counts.failures.generator, windows[0]!.counts.failed], [1, 2]);
  assert.deepEqual([samplesOf(windows, 'failed'), samplesOf(windows, 'service')], [1, 1]);
});

test('the sum over workers and windows is the totals, each operation once', () => {
  const collector = new Collector(windowMs);
  const workers = [0, 1, 2].map((worker) => recorderFor(collector, worker));
  for (let at = 0; at < 900; at += 1) {
    const { recorder, counters } = workers[at % 3]!;
    counters[counterSlot.inFlight] = 4;
    const kinds = [
      {},
      { lookup: 'miss' as const, writtenBytes: 10 },
      { failure: 'timeout' as const, lookup: undefined },
      { failure: 'reset' as const, lookup: undefined, retries: 2 },
      { failure: 'dropped' as const, lookup: undefined },
    ];
    recorder.record(sample(at, kinds[at % 5]));
  }
  for (const { recorder } of workers) recorder.finish(950);
  const { totals } = collector;
  const windows = collector.windows(950);
  assert.equal(totals.total, 900);
  assert.deepEqual(
    [totals.successful, totals.failed, totals.hits, totals.misses],
    [360, 540, 180, 180],
  );
  assert.deepEqual(
    [totals.failures.timeout, totals.failures.reset, totals.failures.dropped],
    [180, 180, 180],
  );
  assert.deepEqual([totals.writtenBytes, totals.retries], [1800, 360]);
  for (const name of ['total', 'successful', 'failed', 'hits', 'misses'] as const) {
    assert.equal(
      windows.reduce((sum, { counts }) => sum + counts[name], 0),
      totals[name],
      name,
    );
  }
  assert.deepEqual(
    (['hit', 'miss', 'timeout', 'failed'] as const).map((series) => samplesOf(windows, series)),
    [180, 180, 180, 180],
  );
  // Two windows later each worker still had four under way.
  assert.equal(windows[3]!.inFlight, 12);
});

test('what succeeded while all clients were sending is counted apart, to the millisecond and over all threads', () => {
  const collector = new Collector(windowMs);
  const memory = createSendingMemory();
  const workers = [0, 1].map((worker) => recorderFor(collector, worker, memory).recorder);
  for (const recorder of workers) recorder.record(sample(140));
  new SendingTime(memory, 0).endAt(150);
  // A later end does not move it.
  new SendingTime(memory, 0).endAt(190);
  for (const recorder of workers) {
    recorder.record(sample(149));
    recorder.record(sample(149, { failure: 'http_5xx' }));
    recorder.record(sample(151));
    recorder.finish(290);
  }
  const windows = collector.windows(290);
  assert.deepEqual(
    windows.map(({ counts, sendingSuccessful }) => [counts.successful, sendingSuccessful]),
    [
      [0, 0],
      [6, 4],
      [0, 0],
    ],
  );
});

test('what succeeded in the ramp-up is not counted as sent by all clients', () => {
  const sending = new SendingTime(createSendingMemory(), 0, 100);
  sending.endAt(200);
  assert.deepEqual(
    [99, 100, 200, 201].map((atMs) => sending.includes(atMs)),
    [false, true, true, false],
  );
});

test('a lost write found later turns its own operation, in its own window, into a failure', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10, { lookup: 'miss', latencyUs: 300, serviceUs: 200 }));
  const place = recorder.placeOf(300);
  recorder.record(sample(20, { lookup: 'miss', latencyUs: 700, serviceUs: 600 }));
  recorder.roll(250);
  recorder.recordLostWrite(place, false);
  recorder.finish(260);
  collector.settle(undefined);
  const windows = collector.windows(260);
  assert.deepEqual(collector.writes, { acknowledged: 0, reread: 0, lost: 1, evicted: 0 });
  const { counts, histograms } = windows[0]!;
  assert.deepEqual(
    [counts.total, counts.successful, counts.failed, counts.failures.lost],
    [2, 1, 1, 1],
  );
  assert.deepEqual([counts.hits, counts.misses], [0, 2]);
  assert.deepEqual([histograms.miss?.totalCount, histograms.miss?.maxValue], [1, 700]);
  assert.deepEqual([histograms.failed?.totalCount, histograms.failed?.maxValue], [1, 300]);
  // It was sent all the same: its service time stays.
  assert.equal(histograms.service?.totalCount, 2);
});

/** A cache of 1,000 bytes in which as much as it holds was stored before the run began, and after. */
function evicting(entries: number): EvictionHistory {
  const stored = [
    { atMs: 0, bytes: 1000 },
    { atMs: 1000, bytes: 2000 },
  ];
  return { boundBytes: 1000, entries, stored };
}

const evictionCases = [
  { name: 'none were evicted: both are lost', evictions: 0, lost: 2, evicted: 0 },
  { name: 'as many were evicted: none is lost', evictions: 2, lost: 0, evicted: 2 },
  { name: 'fewer were evicted: the rest is lost', evictions: 1, lost: 1, evicted: 1 },
];
for (const { name, evictions, lost, evicted } of evictionCases) {
  test(`two writes were not found again, and ${name}`, () => {
    const collector = new Collector(windowMs);
    const { recorder } = recorderFor(collector);
    recorder.record(sample(10, { lookup: 'miss', suspect: true }));
    recorder.record(sample(110, { lookup: 'miss', suspect: true }));
    recorder.finish(120);
    collector.settle(evicting(evictions));
    assert.equal(collector.writes.lost, lost);
    assert.equal(collector.writes.evicted, evicted);
    assert.equal(collector.totals.failures.lost, lost);
    assert.equal(collector.totals.successful, 2 - lost);
    assert.equal(samplesOf(collector.windows(120), 'miss'), 2 - lost);
  });
}

test('fewer evictions than writes gone in one window explain none of them', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10, { lookup: 'miss', suspect: true }));
  recorder.record(sample(20, { lookup: 'miss', suspect: true }));
  recorder.finish(30);
  collector.settle(evicting(1));
  assert.deepEqual([collector.writes.lost, collector.writes.evicted], [2, 0]);
});

test('a write found changed is lost whatever was evicted', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10, { lookup: 'miss' }));
  recorder.recordLostWrite(recorder.placeOf(500), true);
  recorder.finish(20);
  collector.settle(evicting(1000));
  assert.deepEqual([collector.writes.lost, collector.writes.evicted], [1, 0]);
});

function lostOf(
  settle: EvictionHistory,
  reread: { readonly asked: number; readonly gone: number },
) {
  const collector = new Collector(windowMs);
  const { recorder, counters } = recorderFor(collector);
  counters[counterSlot.acknowledged]! += 100;
  counters[counterSlot.reread]! += reread.asked;
  for (let at = 0; at < reread.gone; at += 1) {
    recorder.record(sample(10, { lookup: 'miss' }));
    recorder.recordLostWrite(recorder.placeOf(500), false);
  }
  recorder.finish(20);
  collector.settle(settle);
  return collector.writes;
}

test('rereads are a sample: each one gone takes as many evictions as it stands for', () => {
  // 10 of 100 writes were asked for again, 2 are gone: 20 of all writes, more than 19 evictions.
  assert.equal(lostOf(evicting(19), { asked: 10, gone: 2 }).lost, 2);
  assert.equal(lostOf(evicting(20), { asked: 10, gone: 2 }).evicted, 2);
});

test('evictions explain nothing while less was stored after an entry than the cache holds', () => {
  const entries = 1000;
  const stored = [{ atMs: 1000, bytes: 700 }];
  const small = { boundBytes: 1000, entries, stored };
  assert.equal(lostOf(small, { asked: 100, gone: 2 }).lost, 2);
  assert.equal(lostOf({ ...small, boundBytes: 900 }, { asked: 100, gone: 2 }).lost, 0);
  assert.equal(lostOf({ ...small, boundBytes: 0 }, { asked: 100, gone: 2 }).lost, 2);
});

test('and a lookup that misses before as much was stored is a lost write', () => {
  const collector = new Collector(windowMs);
  const { recorder } = recorderFor(collector);
  recorder.record(sample(10, { lookup: 'miss', suspect: true }));
  recorder.finish(20);
  const stored = [
    { atMs: 200, bytes: 500 },
    { atMs: 5000, bytes: 2000 },
  ];
  collector.settle({ boundBytes: 1000, entries: 1000, stored });
  assert.equal(collector.writes.lost, 1);
});

test('windows end with the last operation, however long rereads are awaited', () => {
  const collector = new Collector(windowMs);
  const { recorder, counters } = recorderFor(collector);
  recorder.record(sample(150));
  counters[counterSlot.reread]! += 1;
  recorder.roll(550);
  recorder.finish(560);
  const windows = collector.windows(150);
  assert.deepEqual(
    windows.map(({ startMs, endMs }) => [startMs, endMs]),
    [
      [0, 100],
      [100, 150],
    ],
  );
});
