import assert from 'node:assert/strict';
import test from 'node:test';
import { counterSlot, failureSlot } from '../../metrics/counters.ts';
import { LatencyCounts } from '../../metrics/latency-counts.ts';
import { SendingTime } from '../../metrics/sending-time.ts';
import { countersOf, createSharedState } from '../worker/shared-state.ts';
import type { Progress } from './progress.ts';
import { ProgressReporter } from './progress-reporter.ts';

test('the live throughput is that of all clients, and counts what succeeded', (t) => {
  let nowMs = 50_000;
  t.mock.method(performance, 'now', () => nowMs);
  t.mock.timers.enable({ apis: ['setInterval'] });
  const shared = createSharedState({ seed: 1, compressible: 0, workers: 1, keys: 0 });
  const counters = countersOf(shared, 0);
  let last: Progress | undefined;
  const reporter = new ProgressReporter({
    listener: (progress) => {
      last = progress;
    },
    shared,
    judged: new LatencyCounts(),
    recent: new LatencyCounts(),
    serverMemoryBytes: () => undefined,
    cpuCores: () => ({ server: undefined, generator: undefined }),
    notes: [],
    keys: 0,
    sendingFromMs: 10_000,
    operationsMax: 0,
  });
  reporter.enter('running', 60_000);
  new SendingTime(shared.sending, 0).endAt(60_000);
  const after = (ms: number): Progress => {
    nowMs += ms;
    t.mock.timers.tick(200);
    return last!;
  };
  counters[counterSlot.total] = 500;
  counters[counterSlot.successful] = 400;
  counters[counterSlot.failed] = 100;
  counters[failureSlot.generator] = 40;
  const early = after(5000);
  assert.deepEqual([early.throughputOpsPerSec, early.opsPerSec], [80, 80]);
  assert.deepEqual(
    [early.row?.operations, early.row?.successful, early.row?.failed],
    [500, 400, 60],
  );
  counters[counterSlot.successful]! += 3000;
  counters[counterSlot.sendingSuccessful] = 1000;
  assert.equal(after(10_000).throughputOpsPerSec, 200);
  reporter.close();
});
