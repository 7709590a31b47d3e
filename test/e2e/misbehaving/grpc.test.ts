import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FaultyGrpcCache,
  type GrpcFault,
  type GrpcMethodName,
  startFaultyGrpcCache,
} from '../../../src/testing/faulty-grpc-cache.ts';
import { type FinishedRun, runMemobuild } from '../../../src/testing/run-memobuild.ts';
import type { Result } from './run-against.ts';

const clients = 10;
const load = `--clients ${clients} --requests 50 --duration 60 --size 4KiB --working-set 100 --reread 0`;
const total = clients * 50;

interface GrpcRun {
  readonly cache: FaultyGrpcCache;
  readonly run: FinishedRun;
  readonly said: string;
  readonly result: Result & { readonly notes?: unknown };
}

/** Runs `memobuild loadtest --protocol reapi` against a cache that does wrong what `faults` say. */
async function runAgainst(
  t: TestContext,
  faults: readonly GrpcFault[],
  flags: string = load,
  during: (cache: FaultyGrpcCache) => Promise<void> = () => Promise.resolve(),
): Promise<GrpcRun> {
  const cache = await startFaultyGrpcCache(t, faults);
  const args = `loadtest --protocol reapi --target ${cache.url} --json --quiet ${flags}`;
  const [run] = await Promise.all([
    runMemobuild(args.split(' '), { deadlineMs: 60_000 }),
    during(cache),
  ]);
  const said = `exit ${run.exitCode}\n${run.stderr}`;
  assert.equal(run.timedOut, false, said);
  assert.deepEqual(run.leftProcesses, []);
  for (let tries = 0; tries < 100 && cache.connections() > 0; tries += 1) await sleep(20);
  assert.equal(cache.connections(), 0, 'connections are left open');
  const result = run.stdout.startsWith('{') ? (JSON.parse(run.stdout) as Result) : undefined;
  return {
    cache,
    run,
    said,
    get result() {
      assert.ok(result !== undefined, `it printed no result: ${said}`);
      const failed = Object.values(result.errors_by_type).reduce((sum, count) => sum + count, 0);
      assert.equal(failed, result.operations.failed, said);
      return result;
    },
  };
}

/** Kinds of failure and how many there were; none that is 0. */
function failuresOf({ result }: GrpcRun): Record<string, number> {
  return Object.fromEntries(Object.entries(result.errors_by_type).filter(([, count]) => count > 0));
}

test('an honest cache passes, and is asked as Bazel asks', async (t) => {
  const flags = '--clients 1 --requests 200 --size 4KiB --working-set 20 --hit-rate 0.5 --reread 0';
  const run = await runAgainst(t, [], flags);
  assert.equal(run.result.verdict.verdict, 'PASS', run.said);
  assert.deepEqual(failuresOf(run), {});
  const { hits, misses } = run.result.cache;
  assert.equal(hits + misses, 200);
  const { calls } = run.cache;
  // The probe, and the warm-up from several connections, come before; one client from then on.
  const ofRun = calls.slice(-(2 * hits + 4 * misses)).map((call) => letters[call]);
  assert.match(ofRun.join(''), /^(?:GR|GFWU)+$/);
  // What each artifact of a run holds is its own: none of them is there before.
  const count = (name: GrpcMethodName): number => calls.filter((call) => call === name).length;
  assert.equal(count('Write'), count('FindMissingBlobs'));
  assert.equal(count('UpdateActionResult'), misses + 20);
});

const letters: Readonly<Record<GrpcMethodName, string>> = {
  GetActionResult: 'G',
  Read: 'R',
  FindMissingBlobs: 'F',
  Write: 'W',
  UpdateActionResult: 'U',
};

/** The lookup before the run, which asks whether this is a cache at all, is spared. */
const lookup = { method: 'GetActionResult', afterCalls: 1, everyNth: 5 } as const;
const read = { method: 'Read', everyNth: 5 } as const;
/** The warm-up's stores are spared. */
const write = { method: 'Write', afterCalls: 100, everyNth: 5 } as const;

const cases: readonly {
  readonly name: string;
  readonly fault: GrpcFault;
  readonly kind: string;
  readonly says?: RegExp;
}[] = [
  {
    name: 'UNAVAILABLE',
    fault: { ...lookup, what: { status: 14 } },
    kind: 'http_5xx',
    says: /UNAVAILABLE \(14\)/,
  },
  {
    name: 'PERMISSION_DENIED',
    fault: { ...lookup, what: { status: 7 } },
    kind: 'http_4xx',
    says: /PERMISSION_DENIED \(7\)/,
  },
  {
    name: 'RESOURCE_EXHAUSTED for a write',
    fault: { ...write, what: { status: 8 } },
    kind: 'http_4xx',
    says: /Write was answered with RESOURCE_EXHAUSTED \(8\)/,
  },
  { name: 'other bytes than the digest', fault: { ...read, what: 'flip-byte' }, kind: 'integrity' },
  {
    name: 'another action result',
    fault: { ...lookup, afterCalls: 2, what: 'flip-byte' },
    kind: 'integrity',
  },
  { name: 'half of a blob, and OK', fault: { ...read, what: 'short' }, kind: 'integrity' },
  { name: 'half of a blob, and a reset', fault: { ...read, what: 'cut-by-reset' }, kind: 'reset' },
  {
    name: 'half of a blob, and an end without status',
    fault: { ...read, what: 'cut-without-status' },
    kind: 'reset',
  },
  {
    name: 'half of a blob, and a broken connection',
    fault: { ...read, what: 'cut-connection' },
    kind: 'reset',
  },
];

for (const { name, fault, kind, says } of cases) {
  test(`${name}: ${kind}, each counted`, async (t) => {
    const run = await runAgainst(
      t,
      [fault],
      `${load} --hit-rate ${fault.method === 'Write' ? 0 : 1}`,
    );
    assert.ok(run.cache.injected() > 50);
    assert.deepEqual(failuresOf(run), { [kind]: run.cache.injected() }, run.said);
    assert.equal(run.result.operations.total, total);
    assert.equal(run.run.exitCode, 1, run.said);
    if (says !== undefined) assert.match(run.run.stdout + run.run.stderr, says);
  });
}

for (const [name, fault] of [
  ['calls that are never answered', { ...lookup, everyNth: 50, what: 'never-answer' }],
  ['reads that stall', { ...read, everyNth: 50, what: 'stall' }],
] as const) {
  test(`${name}: timeout, at its bound; the others continue`, async (t) => {
    const run = await runAgainst(t, [fault], `${load} --hit-rate 1 --timeout 0.5`);
    const { timeout = 0, ...others } = failuresOf(run);
    assert.deepEqual(others, {});
    assert.ok(run.cache.injected() >= 9);
    // A machine that stalled for half a second times out what was not meant.
    assert.ok(timeout >= run.cache.injected(), run.said);
    assert.ok(Math.abs(run.result.latency.max_ms - 500) <= 2, `${run.result.latency.max_ms} ms`);
    assert.equal(run.result.operations.total, total);
  });
}

test('writes that are acknowledged and forgotten are lost', async (t) => {
  const fault = { method: 'UpdateActionResult', what: 'forget' } as const;
  const run = await runAgainst(
    t,
    [fault],
    `${load.replace(/--reread 0/, '--reread 1')} --hit-rate 0`,
  );
  const { lost = 0, ...others } = failuresOf(run);
  assert.deepEqual(others, {});
  assert.equal(lost, run.result.writes.reread);
  assert.ok(lost > 300, `${lost}`);
});

test('UNAVAILABLE from the middle of the run on', async (t) => {
  const fault = { method: 'GetActionResult', afterCalls: 251, what: { status: 14 } } as const;
  const run = await runAgainst(t, [fault], `${load} --hit-rate 1`);
  assert.deepEqual(failuresOf(run), { http_5xx: 250 }, run.said);
  assert.equal(run.result.operations.successful, 250);
});

test('a server that asks to go elsewhere costs a connection, and no operation', async (t) => {
  const fault = { ...lookup, what: 'go-away' } as const;
  const run = await runAgainst(t, [fault], `${load} --hit-rate 1`);
  assert.ok(run.cache.injected() > 50);
  assert.deepEqual(failuresOf(run), {}, run.said);
});

test('a server that dies midway: what was under way is reset, the rest refused', async (t) => {
  const run = await runAgainst(t, [], load, async (cache) => {
    const inRun = (): number => cache.calls.filter((call) => call === 'GetActionResult').length;
    while (inRun() < 150) await sleep(5);
    cache.die();
  });
  const { reset = 0, refused = 0, ...others } = failuresOf(run);
  assert.deepEqual(others, {}, run.said);
  assert.ok(reset <= clients && refused > 0, run.said);
  assert.equal(run.result.operations.total, total);
});

test('a server that stays silent, or is not a gRPC server, ends with 3', async (t) => {
  const silent = { method: 'GetActionResult', what: 'never-answer' } as const;
  const { run } = await runAgainst(t, [silent], `${load} --timeout 0.5`);
  assert.equal(run.exitCode, 3, run.stderr);
  assert.match(run.stderr, /did not answer/);
  const web = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
  t.after(() => web.close());
  await once(web, 'listening');
  const url = `grpc://127.0.0.1:${(web.address() as AddressInfo).port}`;
  const args = ['loadtest', '--protocol', 'reapi', '--target', url, '--quiet'];
  const other = await runMemobuild(args, { deadlineMs: 30_000 });
  assert.equal(other.exitCode, 3, other.stderr);
  assert.match(other.stderr, new RegExp(url));
});
