import assert from 'node:assert/strict';
import test from 'node:test';
import type { Silence } from '../measurement.ts';
import { createSendingMemory, SendingTime } from './sending-time.ts';
import { createSilenceMemory, SilenceWatch } from './silence.ts';

/** Watches as two threads of one run have them, whose clocks begin at different instants. */
function twoThreads(sendingMs = 60_000): [SilenceWatch, SilenceWatch] {
  const [sending, memory] = [createSendingMemory(), createSilenceMemory()];
  new SendingTime(sending, 0).endAt(sendingMs);
  return [
    new SilenceWatch(memory, 0, new SendingTime(sending, 0)),
    new SilenceWatch(memory, -500, new SendingTime(sending, -500)),
  ];
}

function lengthMs({ fromMs, toMs }: Silence): number {
  return toMs - fromMs;
}

test('a silence is one of all threads: an answer on any of them ends it', () => {
  const [one, other] = twoThreads();
  one.begin(0);
  other.begin(-500 + 10);
  assert.equal(lengthMs(one.end(1000, true)), 1000);
  one.begin(1000);
  assert.equal(lengthMs(other.end(-500 + 1200, true)), 200);
  other.begin(-500 + 1200);
  assert.deepEqual({ ...one.end(4200, true) }, { fromMs: 1200, toMs: 4200 });
});

test('time in which nothing was under way, or a client paused, is not a silence', () => {
  const [watch] = twoThreads();
  watch.begin(0);
  watch.end(10, true);
  watch.begin(8000);
  assert.equal(lengthMs(watch.end(8005, true)), 5);
  watch.begin(9000);
  watch.pause();
  watch.begin(14_000);
  assert.equal(lengthMs(watch.end(14_003, true)), 3);
});

test('what is given up or refused is not an answer: a silence goes on over it, and over the pause after it', () => {
  const [watch] = twoThreads();
  watch.begin(0);
  watch.end(10, true);
  for (let at = 100; at < 4000; at += 500) {
    watch.begin(at);
    watch.end(at + 400, false);
  }
  watch.begin(4100);
  assert.deepEqual({ ...watch.end(4110, true) }, { fromMs: 100, toMs: 4110 });
  watch.begin(9000);
  assert.equal(lengthMs(watch.end(9001, true)), 1);
});

test('after the first client ran out of work, a silence needs five that wait', () => {
  const [watch] = twoThreads(1000);
  for (let client = 0; client < 6; client += 1) watch.begin(900);
  // Six waited.
  assert.equal(lengthMs(watch.end(3900, true)), 3000);
  // Five, and then four.
  assert.equal(lengthMs(watch.end(5900, true)), 2000);
  assert.equal(lengthMs(watch.end(9900, true)), 0);
});
