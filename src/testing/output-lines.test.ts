import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { OutputLines } from './output-lines.ts';

test('a line that arrived with another in one chunk is kept for later readers', async () => {
  const output = new PassThrough();
  const lines = new OutputLines(output);
  output.write('listening on 1\nDashboard: 2\n');
  await lines.first(/^listening/);
  await turn();
  assert.equal((await lines.first(/^Dashboard: (\d)$/))[1], '2');
  assert.equal(lines.text(), 'listening on 1\nDashboard: 2\n');
});

test('a line still to come is waited for, and its pieces are put together', async () => {
  const output = new PassThrough();
  const found = new OutputLines(output).first(/^listening on 1$/);
  for (const piece of ['one\nlisten', 'ing on', ' 1\n']) output.write(piece);
  assert.equal((await found)[0], 'listening on 1');
});

test('nobody waits forever: not at the end of the output, and not beyond the deadline', async () => {
  const output = new PassThrough();
  const lines = new OutputLines(output);
  output.write('something else\n');
  await assert.rejects(lines.first(/listening/, 20), /20 ms are over.*\/listening\/:\nsomething/);
  const waiting = assert.rejects(lines.first(/listening/), /the output ended.*:\nsomething else\n/);
  output.end();
  await waiting;
  await assert.rejects(lines.first(/listening/), /the output ended/);
});
