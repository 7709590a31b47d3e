import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, siblingModule, silentLogger } from '../../core/index.ts';
import type { StoreSuspicion } from '../../storage/index.ts';
import { Primary } from './primary.ts';
import type { HeldStore } from './store-care.ts';

// Workers are children of this process, and node:cluster is one for all of it: one test at a time.

interface Started {
  readonly primary: Primary;
  readonly errors: readonly { readonly text: string; readonly fields: object }[];
  workers(): number[];
  /** Waits until so many workers serve, none of them among `except`. */
  serving(count: number, except?: readonly number[]): Promise<number[]>;
}

async function start(
  t: TestContext,
  workers: number,
  store?: HeldStore,
  settings: object = {},
): Promise<Started> {
  const errors: { text: string; fields: object }[] = [];
  const logger: Logger = {
    ...silentLogger,
    error: (fields, text) => void errors.push({ fields, text }),
  };
  const primary = new Primary({
    workers,
    workerModule: siblingModule(import.meta.url, './testing/idle-worker'),
    port: 0,
    drain: { drainDelayMs: 0, drainWindowMs: 0, drainDeadlineMs: 1_000 },
    restartDelayMsMax: 50,
    workerTimeoutMs: 2_500,
    settings,
    store: Promise.resolve(store ?? { repair: () => Promise.resolve(false) }),
    logger,
  });
  t.after(() => primary.kill());
  await primary.start();
  // One that has exited stays in the list until its channel has closed, too.
  const alive = (): number[] =>
    Object.values(cluster.workers ?? {}).flatMap((worker) =>
      worker === undefined || worker.isDead() ? [] : (worker.process.pid ?? []),
    );
  return {
    primary,
    errors,
    workers: alive,
    serving: async (count, except = []) => {
      for (;;) {
        const { workersServing } = await primary.overview();
        const pids = alive().filter((pid) => !except.includes(pid));
        if (workersServing === count && pids.length === count) return pids;
        await delay(20);
      }
    },
  };
}

test('a primary whose fork throws lives on, and has its workers once it works again', async (t) => {
  const { errors, serving, workers } = await start(t, 1);
  const [pid] = workers();
  // An argument that no program can be started with.
  cluster.settings.args = ['\0'];
  process.kill(pid!, 'SIGKILL');
  while (
    errors.filter(({ fields }) => /cannot be started/.test(JSON.stringify(fields))).length < 2
  ) {
    await delay(20);
  }
  cluster.settings.args = [];
  await serving(1, [pid!]);
});

test('a primary whose fork fails later lives on, too', async (t) => {
  const { errors, serving, workers } = await start(t, 1);
  const [pid] = workers();
  cluster.settings.cwd = '/nonexistent';
  process.kill(pid!, 'SIGKILL');
  while (errors.filter(({ fields }) => /ENOENT/.test(JSON.stringify(fields))).length < 2) {
    await delay(20);
  }
  cluster.settings.cwd = process.cwd();
  await serving(1, [pid!]);
});

test('what a worker throws where nobody catches it does not end it', async (t) => {
  const { primary, workers } = await start(t, 1, undefined, { throws: true });
  const before = workers();
  for (let n = 0; n < 5; n += 1) await primary.overview();
  assert.deepEqual(workers(), before);
  assert.equal((await primary.overview()).workersReplaced, 0);
});

test('a worker that hangs is killed and replaced, the other stays', async (t) => {
  const { errors, serving, workers } = await start(t, 2);
  const [hung, other] = workers();
  process.kill(hung!, 'SIGSTOP');
  const after = await serving(2, [hung!]);
  assert.ok(after.includes(other!));
  assert.ok(errors.some(({ text }) => text === 'worker hangs, killing it'));
});

test('workers that crash again and again have the store checked while none of them runs', async (t) => {
  const looks: { suspicion: StoreSuspicion; alive: number[] }[] = [];
  let workersNow = (): number[] => [];
  const { serving, workers } = await start(t, 2, {
    repair: async (suspicion) => {
      looks.push({ suspicion, alive: workersNow() });
      // New workers wait for this.
      await delay(200);
      assert.deepEqual(workersNow(), []);
      return true;
    },
  });
  workersNow = workers;
  const crashed: number[] = [];
  while (looks.length === 0) {
    const pid = workers().find((each) => !crashed.includes(each));
    if (pid !== undefined && crashed.length < 3) {
      crashed.push(pid);
      process.kill(pid, 'SIGSEGV');
    }
    await delay(20);
  }
  const after = await serving(2, crashed);
  assert.equal(after.length, 2);
  assert.equal(crashed.length, 3);
  assert.equal(looks.length, 1);
  assert.deepEqual(looks[0]!.alive, []);
  assert.match(looks[0]!.suspicion.reason, /SIGSEGV/);
});

test('workers that are killed from outside say nothing of the store', async (t) => {
  let looks = 0;
  const { serving, workers } = await start(t, 1, {
    repair: async () => {
      looks += 1;
      return false;
    },
  });
  const killed: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    killed.push(...workers());
    process.kill(killed.at(-1)!, 'SIGKILL');
    await serving(1, killed);
  }
  assert.equal(looks, 0);
});
