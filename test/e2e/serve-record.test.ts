import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type FinishedRun, runMemobuild } from '../../src/testing/run-memobuild.ts';
import { smallDisk } from '../../src/testing/small-disk.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { freshKey, until, workersOf } from './serve-client.ts';
import { load, read } from './trace-client.ts';

test('kill -9 of a worker costs the last lines, and the trace is replayed with a word on it', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  const server = await startServer(t, { args: ['--workers', '2', '--record', trace] });
  const asked = async (): Promise<void> => {
    for (let n = 0; n < 60; n += 1) {
      await fetch(`${server.url}/ac/${freshKey()}`, { headers: { connection: 'close' } }).then(
        (response) => response.arrayBuffer(),
        () => undefined,
      );
    }
  };
  await asked();
  const [victim] = await workersOf(server.url);
  await until(
    () => readFile(trace, 'utf8'),
    (text) => text.includes(`"w":${victim}}`),
  );
  process.kill(victim!, 'SIGKILL');
  await until(
    () => workersOf(server.url).catch((): number[] => []),
    (workers) => workers.length === 2 && !workers.includes(victim!),
  );
  await asked();
  await server.stop();
  const { events, figures } = await read(trace);
  assert.ok(events.some(({ w }) => w === victim));
  assert.equal(
    figures.trailers.some(({ w }) => w === victim),
    false,
  );
  const run = await load(dir, ['--replay', trace, '--speed', '4']);
  assert.equal(run.operations.total, events.length);
  assert.equal(run.replay?.processes_cut_off, 1);
  assert.match(run.notes.join('\n'), /1 recording processes were killed/);
});

test('SIGHUP: the new workers continue the same trace with the same hashes', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  const server = await startServer(t, { args: ['--workers', '1', '--record', trace] });
  const key = freshKey();
  const ask = async (): Promise<void> => {
    await (await fetch(`${server.url}/ac/${key}`, { headers: { connection: 'close' } })).text();
  };
  await ask();
  const before = await workersOf(server.url);
  server.child.kill('SIGHUP');
  await until(
    () => workersOf(server.url).catch(() => before),
    (now) => now.length === 1 && now[0] !== before[0],
  );
  await ask();
  await server.stop();
  const { events, figures } = await read(trace);
  assert.equal(new Set(events.map(({ w }) => w)).size, 2);
  assert.equal(new Set(events.map((event) => event.key)).size, 1);
  assert.equal(figures.trailers.length, 2);
});

test('a full disk ends the recording and not the service', async (t) => {
  const disk = await smallDisk(t, '128k');
  if (disk === undefined) return t.skip('mounting a tmpfs takes root');
  const trace = join(disk, 'a.trace');
  const server = await startServer(t, { args: ['--workers', '1', '--record', trace] });
  const askMany = async (): Promise<number[]> => {
    const batches = Array.from({ length: 8 }, async () => {
      const statuses: number[] = [];
      for (let n = 0; n < 150; n += 1) {
        const response = await fetch(`${server.url}/ac/${freshKey()}`);
        await response.arrayBuffer();
        statuses.push(response.status);
      }
      return statuses;
    });
    return (await Promise.all(batches)).flat();
  };
  const statuses = await askMany();
  await until(
    () => Promise.resolve(server.stderr()),
    (log) => /ENOSPC.*/.test(log),
  );
  statuses.push(...(await askMany()));
  assert.deepEqual(new Set(statuses), new Set([404]));
  assert.match(server.stderr(), /recording has stopped, serving continues/);
  assert.equal(server.stderr().split('recording has stopped').length, 2, 'said once');
  const run = await load(await tempDir(t), ['--replay', trace]);
  assert.ok(run.operations.total > 100);
  assert.equal(run.replay?.broken_lines, 1, 'the cut-off line');
});

test('--record rejects a file that exists, and a server that does not start leaves none', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  await writeFile(trace, 'of last week');
  const serve = (...args: string[]): Promise<FinishedRun> =>
    runMemobuild(['serve', '--dir', join(dir, 'store'), ...args], { deadlineMs: 30_000 });
  const refused = await serve('--port', '0', '--record', trace);
  assert.equal(refused.exitCode, 2, refused.stderr);
  assert.match(refused.stderr, /--record .*never overwritten/);
  assert.equal(await readFile(trace, 'utf8'), 'of last week');
  const other = await startServer(t);
  const unstarted = await serve('--port', `${other.port}`, '--record', join(dir, 'b.trace'));
  assert.equal(unstarted.exitCode, 3, unstarted.stderr);
  await assert.rejects(stat(join(dir, 'b.trace')), { code: 'ENOENT' });
});
