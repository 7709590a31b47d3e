import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/testing/free-port.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import {
  type Forgetfulness,
  startForgetfulCache,
} from '../../src/testing/start-forgetful-cache.ts';
import { startPlainCache } from '../../src/testing/start-plain-cache.ts';
import { needsRedis, startRedis } from '../../src/testing/start-redis.ts';
import { startS3 } from '../../src/testing/start-s3.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

const deadlineMs = 120_000;
/** Few keys, so that even a slow machine has enough that overlaps. */
const few = ['--clients', '8', '--keys', '12', '--seed', '1'];

/** Runs the command to its end; it must leave nothing behind. */
async function prove(...args: readonly string[]) {
  const ended = await runMemobuild(['prove', ...args], { deadlineMs });
  const said = `${ended.stdout}\n${ended.stderr}`;
  assert.equal(ended.timedOut, false, said);
  assert.deepEqual([ended.leftProcesses, ended.leftFiles], [[], []], said);
  return { ...ended, said };
}

describe('a cache that keeps its promises passes', () => {
  test('one server whose workers are killed, stopped and replaced', async (t) => {
    const output = join(await tempDir(t), 'history.jsonl');
    const run = await prove('history', ...few, '--duration', '5s', '--output', output);
    assert.equal(run.exitCode, 0, run.said);
    assert.match(run.stdout, /^PASS {2}nothing contradicts the promises: [\d,]+ operations/);
    assert.match(run.stderr, /(killed|stopped|reloaded) /);
    // The file says the same, and it is the history that is judged again.
    const again = await prove('check', output);
    assert.equal(again.exitCode, 0, again.said);
    assert.equal(again.stdout, run.stdout);
    await misreadOnce(output);
    const altered = await prove('check', output);
    assert.equal(altered.exitCode, 1, altered.said);
    assert.match(altered.stdout, /^FAIL {2}1 violation: /);
    assert.match(altered.stdout, /^ {2}unwritten value of \w+-\d+$/m);
    assert.match(altered.stdout, /^ {4}[\d.]+–[\d.]+ s {2}client \d+ on node 0 read value 0\.0$/m);
  });

  test('two nodes on one Redis and a bucket, killed and started again', needsRedis, async (t) => {
    const redis = await startRedis(t);
    const s3 = await startS3(t);
    const places = ['--redis', redis.url, '--s3', s3.url, '--bucket', s3.bucket];
    const own = [...places, '--nodes', '2', '--faults', 'kill'];
    const run = await prove('history', ...few, ...own, '--duration', '6s');
    assert.equal(run.exitCode, 0, run.said);
    assert.ok((await s3.objects()).length > 0);
    assert.match(run.stdout, /^PASS .* on 2 nodes /);
    assert.match(run.stderr, /killed node \d and started it again/);
  });
});

/** Gives the first value that somebody read a name that nobody wrote. */
async function misreadOnce(file: string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  const at = lines.findIndex((line) => /"kind":"read".*"outcome":"value"/.test(line));
  const read = JSON.parse(lines[at]!);
  lines[at] = JSON.stringify({ ...read, key: 'blobs-0', value: '0.0' });
  await writeFile(file, lines.join('\n'));
}

describe('a cache that does not keep them fails', () => {
  const cases: { fault: Forgetfulness; kind: RegExp }[] = [
    { fault: 'forgets', kind: /^ +\d+ {2}lost write: /m },
    { fault: 'reverts', kind: /^ +\d+ {2}(stale read|inversion): /m },
    { fault: 'mixes', kind: /^ +\d+ {2}wrong bytes: /m },
  ];
  for (const { fault, kind } of cases) {
    test(`it ${fault}`, async (t) => {
      const { url } = await startForgetfulCache(t, fault, 0.01);
      const run = await prove('history', '--target', url, ...few, '--duration', '2s');
      assert.equal(run.exitCode, 1, run.said);
      assert.match(run.stdout, /^FAIL /);
      assert.match(run.stdout, kind);
    });
  }
});

test('a cache over a map that is right passes, and too few operations are VOID', async (t) => {
  const { url } = await startPlainCache(t);
  const right = await prove('history', '--target', url, ...few, '--duration', '2s');
  assert.equal(right.exitCode, 0, right.said);
  const slow = await startPlainCache(t, { delayMs: 300 });
  const few2 = ['--clients', '2', '--keys', '2', '--duration', '1s'];
  const short = await prove('history', '--target', slow.url, ...few2);
  assert.equal(short.exitCode, 4, short.said);
  assert.match(short.stdout, /^VOID .*\n[\s\S]* acknowledged writes, and 100 are needed/);
});

test('Ctrl-C ends the servers and reports what there is', async () => {
  const run = await runMemobuild(['prove', 'history', ...few, '--duration', '10m'], {
    deadlineMs,
    interruptWhen: async (said) => {
      await said.first(/^8 clients for 600 s on /);
      await sleep(1_000);
    },
  });
  assert.equal(run.exitCode, 130, `${run.stdout}\n${run.stderr}`);
  assert.deepEqual([run.leftProcesses, run.leftFiles], [[], []]);
});

test('what cannot be done is said', async (t) => {
  const file = join(await tempDir(t), 'no-history');
  await writeFile(file, '{"history":"memobuild","version":2}\n');
  const cases: { args: string[]; code: number; says: RegExp }[] = [
    { args: ['check', file], code: 3, says: /is not a history of memobuild prove: line 1:/ },
    { args: ['check', `${file}.none`], code: 3, says: /cannot read .*no-history\.none/ },
    { args: ['check', file, '--failover', 'noon'], code: 2, says: /--failover must be a time/ },
    {
      args: ['history', '--target', `http://127.0.0.1:${await freePort()}`],
      code: 3,
      says: /the target http:\/\/127\.0\.0\.1:\d+ does not answer like a cache: .*ECONNREFUSED/,
    },
    {
      args: ['history', '--target', 'http://h', '--nodes', '2', '--clients', '0', '--sizes', '10'],
      code: 2,
      says: /--nodes is for servers .*\n--clients must be .*\n--sizes must be sizes from 96 bytes/,
    },
    { args: ['history', '--nodes', '2'], code: 2, says: /--nodes needs --redis/ },
    {
      args: ['history', '--faults', 'kill,rain'],
      code: 2,
      says: /--faults must be a list of kill, stop, reload; got "kill,rain"/,
    },
  ];
  for (const { args, code, says } of cases) {
    const run = await prove(...args);
    assert.equal(run.exitCode, code, run.said);
    assert.match(run.stderr, says);
  }
});
