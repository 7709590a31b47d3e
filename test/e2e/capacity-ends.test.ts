import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CapacitySearchResult,
  type RunResult,
  readResultFile,
} from '../../src/loadtest/internal.ts';
import { runMemobuild } from '../../src/testing/run-memobuild.ts';
import { startMemobuild } from '../../src/testing/start-memobuild.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';
import { searchArgs, startLimitedCache, workingSet } from './limited-cache.ts';

test('a generator that stalls now and then is the limit, not the target', async (t) => {
  const cache = await startLimitedCache(t, { kind: 'slow', ms: 1 });
  const output = join(await tempDir(t), 'capacity.json');
  const args = searchArgs(cache, '--start-rate', '100', '--search-time', '40', '--output', output);
  const search = startMemobuild(t, args);
  const { child } = search;
  const stalls = (async () => {
    while (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGSTOP');
      // So long that the latency's row turns on it: what turns no row is a note.
      await sleep(700);
      child.kill('SIGCONT');
      await sleep(300);
    }
  })();
  const exitCode = await search.ended();
  await stalls;
  assert.equal(exitCode, 4, search.stdout.text());
  const { capacity, verdict } = await readSearch(output);
  assert.equal(verdict.verdict, 'VOID');
  assert.equal(capacity.outcome, 'generator_limited');
  assert.equal(capacity.lowest_not_met, null);
  assert.match(verdict.reasons.join(), /at \d+ ops\/s operations were sent [\d.]+ ms late/);
});

test('Ctrl-C: the results so far are reported, and the exit code is 130', async (t) => {
  const cache = await startLimitedCache(t, { kind: 'slow', ms: 1 });
  const output = join(await tempDir(t), 'capacity.json');
  const args = searchArgs(cache, '--start-rate', '25', '--step-duration', '1', '--output', output);
  const search = startMemobuild(t, args);
  await search.stderr.first(/^\d+ ops\/s {2}/);
  search.child.kill('SIGINT');
  assert.equal(await search.ended(), 130);
  const { capacity, verdict } = await readSearch(output);
  assert.equal(verdict.verdict, 'INTERRUPTED');
  assert.deepEqual([capacity.outcome, capacity.stopped_by], ['incomplete', 'interrupted']);
  assert.ok(capacity.steps.length >= 1);
  assert.match(search.stdout.text(), /\nINTERRUPTED {2}.*\(interrupted\)\n$/);
  assert.equal(cache.entries(), 0, 'what was stored is removed');
});

test('--ramp-clients: a run a number of clients, a fit, and a drawing', async (t) => {
  const dir = await tempDir(t);
  const output = join(dir, 'ramp.json');
  const finished = await runMemobuild(
    [
      ...['loadtest', '--ramp-clients', '1,2,4,6,8', '--duration', '0.6', '--output', output],
      ...['--size', '1KiB', '--working-set', `${workingSet}`],
    ],
    { deadlineMs: 60_000 },
  );
  assert.deepEqual([finished.leftProcesses, finished.leftFiles], [[], []]);
  const read = await readResultFile(output);
  assert.ok(read.kind === 'scaling');
  const { scenarios, scaling, verdict } = read.result;
  assert.equal(
    finished.exitCode,
    { PASS: 0, INVESTIGATE: 0, FAIL: 1, VOID: 4 }[verdict.verdict as 'PASS'],
  );
  const clients = scenarios.map(({ config }) => config.num_clients);
  assert.deepEqual(clients, [1, 2, 4, 6, 8]);
  assert.deepEqual(
    scaling.points.map((point) => point.clients),
    clients,
  );
  for (const run of scenarios) assertHeld(run);
  assert.match(finished.stdout, /\n {2}clients +ops\/s +law +P50 +P95 +P99 +failed +of linear/);
  assert.match(finished.stdout, /\n {2}law +one client [\s\S]*? R² -?\d\.\d+\n/);
  assert.match(finished.stdout, /\n {2}fit +(good|doubtful|worthless)\n/);
  const page = join(dir, 'ramp.html');
  const plotted = await runMemobuild(['plot', output, '--output', page], { deadlineMs: 60_000 });
  assert.equal(plotted.exitCode, 0, plotted.stderr);
  assert.match(await readFile(page, 'utf8'), /Throughput by clients/);
});

/** Its own time, no cap, and the working set that the first of them stored. */
function assertHeld({ config, stop_reason: stopReason, operations, warmup }: RunResult): void {
  assert.deepEqual([config.duration_secs, config.requests_per_client], [0.6, 0]);
  assert.equal(stopReason, 'duration');
  assert.ok(operations.total > 0);
  assert.deepEqual([warmup.keys, warmup.stored], [workingSet, workingSet]);
}

for (const [args, message] of [
  [['--find-capacity', '--rate', '5'], /--rate can't be given with --find-capacity/],
  [['--ramp-clients', '0,a'], /--ramp-clients must be increasing client counts from 1/],
  [['--find-capacity', '--scenarios'], /--scenarios can't be given with --find-capacity/],
] as const) {
  test(`refused: ${args.join(' ')}`, async () => {
    const refused = await runMemobuild(['loadtest', ...args], { deadlineMs: 30_000 });
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, message);
  });
}

async function readSearch(path: string): Promise<CapacitySearchResult> {
  const read = await readResultFile(path);
  assert.ok(read.kind === 'capacity', read.kind);
  return read.result;
}
