import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunResult } from '../../src/loadtest/internal.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { load, read } from './trace-client.ts';

test('what clients of three protocols asked is recorded without their words, and asked again', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  const [redis, grpc] = [await freePort(), await freePort()];
  const ports = ['--redis-port', `${redis}`, '--grpc-port', `${grpc}`];
  const server = await startServer(t, { args: ['--workers', '2', '--record', trace, ...ports] });
  const targets = {
    memobuild: server.url,
    redis: `redis://127.0.0.1:${redis}`,
    reapi: `grpc://127.0.0.1:${grpc}`,
  };
  const runs: RunResult[] = [];
  for (const [protocol, target] of Object.entries(targets)) {
    runs.push(
      await load(dir, ['--target', target, '--protocol', protocol, '--instance', 'team-red']),
    );
  }
  await server.stop();

  const { events, figures } = await read(trace);
  assert.deepEqual(
    figures.trailers.map(({ dropped, reason }) => [dropped, reason]),
    [
      [0, 'closed'],
      [0, 'closed'],
    ],
  );
  assert.equal(figures.brokenLines, 0);
  assert.deepEqual(new Set(events.map(({ proto }) => proto)), new Set(['bazel', 'redis', 'reapi']));
  // Each run checks again before it starts whether the target is a cache at all.
  for (const [proto, run] of [
    ['bazel', runs[0]!],
    ['redis', runs[1]!],
  ] as const) {
    const reads = events.filter((event) => event.proto === proto && event.op === 'read');
    const probes = reads.length - run.operations.total - run.writes.reread;
    assert.ok(
      probes >= 0 && probes <= 3,
      `${proto}: ${reads.length} reads, ${probes} beyond the run`,
    );
  }
  const text = await readFile(trace, 'utf8');
  for (const word of ['team-red', '6d656d6f', ...runs.map(({ run_id: id }) => id)]) {
    assert.equal(text.includes(word), false, `${word} is in the trace`);
  }

  const fresh = await startServer(t, { args: ['--workers', '2'] });
  const again = await load(dir, ['--replay', trace, '--speed', '2', '--target', fresh.url]);
  const replay = again.replay!;
  assert.equal(again.name, 'replay');
  assert.equal(replay.events, events.length);
  assert.equal(replay.replayed, events.length - replay.left_out_unsupported);
  assert.equal(again.operations.total, replay.replayed);
  assert.equal(again.scheduled, replay.replayed);
  assert.deepEqual(again.errors_by_type, {
    ...again.errors_by_type,
    integrity: 0,
    lost: 0,
    http_4xx: 0,
    protocol: 0,
  });
  assert.equal(again.operations.failed, 0);
  const lookups = events.filter(({ op }) => op === 'read' || op === 'exists' || op === 'find');
  const hits = lookups.filter(({ answer }) => answer === 'hit').length;
  const recordedRate = (100 * hits) / lookups.length;
  assert.ok(Math.abs(replay.recorded_hit_rate_percent! - recordedRate) < 1e-9);
  assert.ok(
    Math.abs(again.cache.hit_rate_percent! - recordedRate) < 1,
    `${again.cache.hit_rate_percent} % is not ${recordedRate} %`,
  );
  assert.equal(replay.speed, 2);
  assert.equal(replay.planned_duration_ms, replay.recorded_duration_ms / 2);
  assert.match(replay.sha256, /^[0-9a-f]{64}$/);
});

test('a key is stored before it is read, however fast the trace is replayed', async (t) => {
  const dir = await tempDir(t);
  const trace = join(dir, 'a.trace');
  const lines = ['{"trace":"memobuild","version":1,"startedAtMs":0,"software":"x"}'];
  for (let n = 0; n < 400; n += 1) {
    // Written and read a tenth of a millisecond apart: at this speed both are due at once.
    const common = {
      space: 'ac',
      ns: 'nnnn',
      key: `key-${n}`,
      size: 20_000,
      us: 1,
      proto: 'bazel',
      w: 1,
    };
    lines.push(JSON.stringify({ t: n * 1000, op: 'write', answer: 'stored', ...common }));
    lines.push(JSON.stringify({ t: n * 1000 + 100, op: 'read', answer: 'hit', ...common }));
  }
  await writeFile(trace, lines.join('\n'));
  const run = await load(dir, ['--replay', trace, '--speed', '20', '--workers', '2']);
  assert.equal(run.operations.total, 800);
  assert.equal(run.operations.failed, 0);
  assert.equal(run.cache.hits, 400);
  assert.equal(run.warmup.keys, 0, 'nothing was stored before');
});

/** One that has HEAD and DELETE, one that has neither, one that takes a key once only. */
for (const [protocol, removes] of [
  ['generic', true],
  ['bazel', false],
  ['nx', false],
] as const) {
  test(`${protocol}: overwritten, removed, forgotten and resized entries hit and miss as recorded`, async (t) => {
    const dir = await tempDir(t);
    const trace = join(dir, 'a.trace');
    const lines = ['{"trace":"memobuild","version":1,"startedAtMs":0,"software":"x"}'];
    for (let n = 0; n < 25; n += 1) {
      for (const [step, [op, answer, size]] of lifeOfAKey.entries()) {
        const fixed = { space: 'ac', ns: 'nnnn', key: `key-${n}`, us: 1, proto: 'bazel', w: 1 };
        lines.push(JSON.stringify({ t: (n + step * 25) * 2000, op, answer, size, ...fixed }));
      }
    }
    await writeFile(
      trace,
      `${lines.join('\n')}\n{"end":{"w":1,"events":0,"dropped":0,"reason":"closed"}}`,
    );
    const run = await load(dir, ['--replay', trace, '--protocol', protocol]);
    const replayed = 25 * (lifeOfAKey.length - (removes ? 0 : 1));
    assert.equal(run.operations.total, replayed);
    assert.equal(run.operations.failed, 0, run.notes.join('; '));
    assert.equal(run.cache.hits, 25 * 5);
    assert.equal(run.cache.misses, 25 * 3);
    assert.equal(run.replay?.left_out_unsupported, removes ? 0 : 25);
    assert.deepEqual(run.notes, removes ? [] : ['trace: 25 purges and removals are left out']);
  });
}

const lifeOfAKey = [
  ['read', 'miss', undefined],
  ['write', 'stored', 2000],
  ['read', 'hit', 2000],
  ['write', 'stored', 2000],
  ['exists', 'hit', 2000],
  ['delete', 'removed', undefined],
  ['read', 'miss', undefined],
  ['write', 'stored', 100_000],
  ['find', 'hit', undefined],
  ['read', 'miss', undefined],
  ['read', 'hit', 500],
  ['read', 'hit', 700],
] as const;

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no such file', ['--replay', 'none'], /the trace none cannot be read/],
  ['no speed', ['--replay', 'a', '--speed', '0'], /--speed must be a number above 0/],
  ['a speed alone', ['--speed', '2'], /--speed needs --replay/],
  ['a rate too', ['--replay', 'a', '--rate', '5'], /--rate can't be given with --replay/],
  ['the suite', ['--replay', 'a', '--scenarios'], /--replay can't be given with --scenarios/],
  ['a scenario', ['--replay', 'a', '--scenario', 'light'], /can't be given with --replay/],
  ['a search', ['--replay', 'a', '--find-capacity'], /can't be given with --find-capacity/],
];

for (const [name, args, message] of wrong) {
  test(`--replay, wrong usage: ${name}`, async (t) => {
    const cwd = await tempDir(t);
    const run = await runMemobuild(['loadtest', ...args], { deadlineMs: 30_000, cwd });
    assert.equal(run.exitCode, 2, run.stderr);
    assert.match(run.stderr, message);
    assert.deepEqual(run.leftFiles, []);
  });
}
