import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheError, siblingModule } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { KernelLock } from '../../kernel-lock.ts';
import { CommitGate } from './commit-gate.ts';
import { findIndexDamage } from './index-check.ts';
import { type Layout, layoutOf, prepareDirectory } from './layout.ts';
import { openEmbeddedStore } from './open.ts';
import { inspectStore } from './testing/inspect.ts';
import { type LaneReport, laneKey } from './testing/lanes.ts';

const writers = 4;
const openers = 2;
/** `npm run torture:open` sets it to 3,000. */
const openings = Number(process.env.MEMOBUILD_TORTURE_OPENINGS ?? (process.env.CI ? 100 : 300));

test(`${openings} openings beside ${writers} writing processes undo no commit`, async (t) => {
  const dir = await tempDir(t);
  const children = Array.from({ length: writers }, (_, n) => start(t, 'lane-writer', dir, `${n}`));
  await Promise.all(children.map((child) => once(child, 'message')));
  const opening = Array.from({ length: openers }, () =>
    start(t, 'opener-process', dir, `${Math.ceil(openings / openers)}`),
  );
  const codes = await Promise.all(opening.map(async (child) => (await once(child, 'exit'))[0]));
  assert.deepEqual(codes, [0, 0]);
  const reports = await Promise.all(children.map(stop));

  const failures = reports.flatMap((report) => report.failures);
  assert.deepEqual(failures, []);
  let written = 0;
  let lost = 0;
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  for (const [writer, report] of reports.entries()) {
    for (const [lane, count] of report.written.entries()) {
      written += count;
      for (let n = 0; n < count; n += 1) {
        const found = await store.find(laneKey(`${writer}`, lane, n));
        if (found.kind === 'miss') lost += 1;
      }
    }
  }
  await store.close();
  const missedAtOnce = reports.reduce((sum, report) => sum + report.missedAtOnce, 0);
  t.diagnostic(
    `${openings} openings, ${written} writes, ${lost} lost, ${missedAtOnce} missed at once`,
  );
  assert.deepEqual({ lost, missedAtOnce }, { lost: 0, missedAtOnce: 0 });
  assert.ok(written > openings, `${written} writes`);
  assert.equal(findIndexDamage(join(dir, 'index', 'data.mdb')), undefined);
  assert.deepEqual((await inspectStore(dir)).contradictions, []);
});

test('an opening waits for the commits that are inside, and later commits wait for it', async (t) => {
  const layout = await layoutIn(t);
  const [committer, opener] = [CommitGate.open(layout), CommitGate.open(layout)];
  const order: string[] = [];
  const [first, second] = [held(), held()];
  const commits = [
    committer.committing(() => first.until),
    committer.committing(() => second.until),
  ];
  const opening = opener.opening(() => order.push('opened'));
  // By now the opener has its turn, so a commit that comes later is behind it.
  await turnTaken(layout);
  const late = committer.committing(async () => order.push('committed late'));
  for (const { release } of [first, second]) {
    order.push('a commit ends');
    release();
    await Promise.race(commits);
  }
  await Promise.all([...commits, opening, late]);
  assert.deepEqual(order, ['a commit ends', 'a commit ends', 'opened', 'committed late']);
  for (const gate of [committer, opener]) gate.close();
});

test('an opening knows whether another process has the index open', async (t) => {
  const layout = await layoutIn(t);
  const [first, second, third] = [1, 2, 3].map(() => CommitGate.open(layout));
  const alone: boolean[] = [];
  const look = (isAlone: boolean) => alone.push(isAlone);
  await first!.opening(look);
  await second!.opening(look);
  first!.close();
  second!.close();
  await third!.opening(look);
  third!.close();
  assert.deepEqual(alone, [true, false, true]);
});

test('an opening that fails leaves the gate open and the index unused', async (t) => {
  const layout = await layoutIn(t);
  const gate = CommitGate.open(layout);
  await assert.rejects(
    gate.opening(() => {
      throw new Error('no index');
    }),
    /no index/,
  );
  const other = CommitGate.open(layout);
  await other.opening((isAlone) => assert.equal(isAlone, true));
  assert.equal(await gate.committing(async () => 'committed'), 'committed');
  for (const each of [gate, other]) each.close();
});

test('nobody waits forever for a process that has been stopped', async (t) => {
  const layout = await layoutIn(t);
  const [stopped, waiting] = [CommitGate.open(layout), CommitGate.open(layout, 30)];
  const { until, release } = held();
  const commit = stopped.committing(() => until);
  const refused = (error: unknown): boolean =>
    error instanceof CacheError && error.code === 'unavailable' && /30 ms/.test(error.message);
  await assert.rejects(
    waiting.opening(() => {}),
    refused,
  );
  release();
  await commit;
  await waiting.opening(() => {});
  for (const gate of [stopped, waiting]) gate.close();
});

async function layoutIn(t: TestContext): Promise<Layout> {
  const layout = layoutOf(await tempDir(t));
  prepareDirectory(layout);
  return layout;
}

function held(): { readonly until: Promise<void>; readonly release: () => void } {
  let release = (): void => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release };
}

/** Resolves when an opener has its turn. */
async function turnTaken(layout: Layout): Promise<void> {
  const turn = KernelLock.open(join(layout.locksDir, 'turn'));
  while (turn.tryShared()) {
    turn.unlock();
    await new Promise(setImmediate);
  }
  turn.close();
}

function start(t: TestContext, program: string, ...args: readonly string[]): ChildProcess {
  const path = fileURLToPath(siblingModule(import.meta.url, `testing/${program}`));
  const child = fork(path, args);
  t.after(() => void child.kill('SIGKILL'));
  return child;
}

async function stop(child: ChildProcess): Promise<LaneReport> {
  child.send('stop');
  const [report] = (await once(child, 'message')) as [LaneReport];
  return report;
}
