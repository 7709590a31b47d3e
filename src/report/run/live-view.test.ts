import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import type { Progress } from '../../loadtest/internal.ts';
import { createLiveView, createStyle, renderLine, renderProgress } from '../index.ts';

const style = createStyle({ color: false, width: 100 });

const running: Progress = {
  phase: 'running',
  elapsedMs: 29_400,
  expectedMs: 60_000,
  share: 0.49,
  operations: 12_345,
  successful: 12_340,
  failed: 5,
  hits: 9_300,
  misses: 3_040,
  failures: { timeout: 3, http_5xx: 2 },
  opsPerSec: 421.4,
  p50Ms: 1.2,
  p95Ms: 4.5,
  p99Ms: 12,
  inFlight: 20,
  serverMemoryBytes: 96 * 2 ** 20,
};

test("the live view shows the run's progress", () => {
  assert.equal(
    renderProgress(running, style, 'heavy (3 of 5)'),
    [
      'heavy (3 of 5)  running  ███████████████░░░░░░░░░░░░░░░ 49 %  29 s of at most 1 min',
      '  12,345 operations  421 ops/s  hit rate 75.4 %  5 failed (timeout 3, http_5xx 2)',
      '  P50 1.20 ms  P95 4.50 ms  P99 12.0 ms  in flight 20  server 96.0 MiB',
    ].join('\n'),
  );
});

test('a log line says the same on one line', () => {
  assert.equal(
    renderLine(running, ''),
    'running 49 %, 12,345 operations, 421 ops/s, hit rate 75.4 %, P50 1.20 ms, P95 4.50 ms, P99 12.0 ms, 5 failed, server 96.0 MiB',
  );
});

test("what the generator's own machine could not send is not a failure", () => {
  const failures = { generator: 4 };
  const fine: Progress = { ...running, failed: 4, failures };
  assert.match(renderProgress(fine, style, ''), / none failed {2}4 not sent$/m);
  assert.match(renderLine(fine, ''), /, 0 failed, 4 not sent, server /);
  const both: Progress = { ...running, failed: 6, failures: { ...failures, timeout: 2 } };
  assert.match(renderProgress(both, style, ''), / 2 failed \(timeout 2\) {2}4 not sent$/m);
});

test('before the first operation there are no figures to show', () => {
  const { operations: _, ...rest } = running;
  const warming: Progress = { ...rest, operations: 0, phase: 'warming', share: 0.5 };
  assert.equal(renderLine(warming, 'light'), 'light: storing the working set 50 %');
  assert.doesNotMatch(renderProgress(warming, style, ''), /P50|ops\/s/);
});

test('without a terminal it writes a line at each phase and every few seconds', () => {
  const written: string[] = [];
  const stream = new PassThrough().on('data', (chunk: Buffer) => written.push(String(chunk)));
  const view = createLiveView(stream as unknown as NodeJS.WriteStream, style, '', false);
  for (let elapsedMs = 0; elapsedMs <= 12_000; elapsedMs += 200) {
    view.update({ ...running, elapsedMs });
  }
  view.update({ ...running, phase: 'draining', elapsedMs: 0 });
  view.note('something happened');
  view.update({ ...running, phase: 'done' });
  view.end();
  assert.equal(written.filter((line) => line.startsWith('running')).length, 3);
  assert.equal(written.length, 5);
  assert.equal(written.join('').includes('\u001b'), false);
});

test('in a terminal it moves, and leaves nothing behind', () => {
  const written: string[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  stream.on('data', (chunk: Buffer) => written.push(String(chunk)));
  const view = createLiveView(stream as unknown as NodeJS.WriteStream, style, '', true);
  view.update(running);
  view.update({ ...running, operations: 12_400 });
  assert.match(written.join(''), /12,400 operations/);
  assert.ok(written.join('').includes('\u001b['));
  view.end();
});
