import assert from 'node:assert/strict';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, silentLogger } from '../../core/index.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { TraceFile } from './trace-file.ts';

const large = 2 ** 30;

test('two processes write into one file, and every line is whole', async (t) => {
  const path = await emptyFile(t);
  const files = await Promise.all(
    [1, 2].map((worker) =>
      TraceFile.open({ path, sizeBytesMax: large, worker, logger: silentLogger }),
    ),
  );
  for (let n = 0; n < 20; n += 1) {
    for (const [index, file] of files.entries()) {
      for (let line = 0; line < 500; line += 1) file.add(lineOf(index, n * 500 + line));
    }
    await delay(1);
  }
  await Promise.all(files.map((file) => file.close()));
  const lines = await linesOf(path);
  const events = lines.filter((line) => line.includes('"n":'));
  assert.equal(events.length, 20_000);
  for (const index of [0, 1]) {
    const mine = events.filter((line) => line.includes(`"f":${index},`));
    assert.deepEqual(
      mine,
      Array.from({ length: 10_000 }, (_, n) => lineOf(index, n)),
      'in order',
    );
  }
  const ends = lines.filter((line) => line.includes('"end"')).map((line) => JSON.parse(line));
  assert.deepEqual(ends.map(({ end }) => [end.w, end.events, end.dropped, end.reason]).sort(), [
    [1, 10_000, 0, 'closed'],
    [2, 10_000, 0, 'closed'],
  ]);
});

test('what another process left unfinished damages no line but its own', async (t) => {
  const path = await emptyFile(t);
  const file = await TraceFile.open({ path, sizeBytesMax: large, worker: 1, logger: silentLogger });
  await appendFile(path, '{"of":"a process that was kil');
  file.add(lineOf(0, 1));
  await file.close();
  assert.ok((await linesOf(path)).includes(lineOf(0, 1)));
});

test('lines beyond what may wait for the disk are dropped, counted and reported', async (t) => {
  const path = await emptyFile(t);
  const { logger, logged } = listen();
  const file = await TraceFile.open({ path, sizeBytesMax: large, worker: 1, logger });
  const added = 80_000;
  // All at once: the disk gets no chance to take any.
  for (let n = 0; n < added; n += 1) file.add(lineOf(0, n));
  await file.close();
  const lines = await linesOf(path);
  const events = lines.filter((line) => line.includes('"n":')).length;
  const { end } = JSON.parse(lines.at(-1)!) as { end: { events: number; dropped: number } };
  assert.equal(end.events, events);
  assert.equal(end.events + end.dropped, added);
  assert.ok(end.dropped > 0, 'some were dropped');
  assert.ok(events > 10_000, 'and what was waiting was written');
  assert.match(logged.join('\n'), /gaps/);
});

test('a trace ends at its bound, says so, and takes nothing more', async (t) => {
  const path = await emptyFile(t);
  const { logger, logged } = listen();
  const sizeBytesMax = 200_000;
  const file = await TraceFile.open({ path, sizeBytesMax, worker: 1, logger });
  for (let n = 0; n < 40 && file.isOpen; n += 1) {
    for (let line = 0; line < 100; line += 1) file.add(lineOf(0, n * 100 + line));
    await delay(20);
  }
  assert.equal(file.isOpen, false);
  file.add(lineOf(0, 0));
  await file.close();
  assert.ok((await stat(path)).size <= sizeBytesMax);
  const { end } = JSON.parse((await linesOf(path)).at(-1)!) as { end: { reason: string } };
  assert.equal(end.reason, 'max_size');
  assert.match(logged.join('\n'), /--record-max-size.*serving continues/);
});

test('a full disk ends the recording with a line in the log, and nothing throws', async () => {
  const { logger, logged } = listen();
  const options = { path: '/dev/full', sizeBytesMax: large, worker: 1, logger };
  const file = await TraceFile.open(options);
  for (let n = 0; n < 2000; n += 1) file.add(lineOf(0, n));
  await delay(50);
  assert.equal(file.isOpen, false);
  file.add(lineOf(0, 0));
  await file.close();
  assert.equal(logged.length, 1);
  assert.match(logged[0]!, /ENOSPC/);
  assert.match(logged[0]!, /serving continues/);
});

function lineOf(file: number, n: number): string {
  return `{"f":${file},"n":${n},"pad":"${'x'.repeat(60)}"}`;
}

async function emptyFile(t: TestContext): Promise<string> {
  const path = join(await tempDir(t), 'trace');
  await writeFile(path, '');
  return path;
}

async function linesOf(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
}

function listen(): { logger: Logger; logged: string[] } {
  const logged: string[] = [];
  const note = (_fields: object, message: string): void => {
    logged.push(message);
  };
  return { logger: { ...silentLogger, warn: note, error: note }, logged };
}
