import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SilenceWatch, type Watched } from './silence-watch.ts';

test('only a worker that may not be silent, and was for too long, is reported', () => {
  const silent: Watched[] = [];
  const hung = { heardMs: 0, silenceMsMax: 5_000 };
  const heard = { heardMs: 4_000, silenceMsMax: 5_000 };
  const waits = { heardMs: 0, silenceMsMax: undefined };
  const watch = new SilenceWatch({
    watched: () => [hung, heard, waits],
    onSilent: (each) => silent.push(each),
    everyMs: 1_000,
  });
  for (let nowMs = 0; nowMs <= 6_000; nowMs += 1_000) watch.look(nowMs);
  assert.deepEqual(silent, [hung]);
});

test('a watcher that was held up blames nobody', () => {
  const silent: Watched[] = [];
  const worker = { heardMs: 0, silenceMsMax: 5_000 };
  const watch = new SilenceWatch({
    watched: () => [worker],
    onSilent: (each) => silent.push(each),
    everyMs: 1_000,
  });
  watch.look(0);
  watch.look(60_000);
  watch.look(61_000);
  assert.deepEqual(silent, []);
  for (let nowMs = 62_000; nowMs <= 66_000; nowMs += 1_000) watch.look(nowMs);
  assert.deepEqual(silent, [worker], 'and finds the next one that hangs');
});
