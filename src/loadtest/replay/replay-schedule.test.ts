import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../testing/temp-dir.ts';
import { blockStepsMax, ReplaySchedule } from './replay-schedule.ts';
import { decodeStep, encodeStep, type ReplayStep } from './replay-step.ts';

test('all steps come, in order, over several blocks of the file; twice the speed is half the time', async (t) => {
  const count = 2 * blockStepsMax + 1234;
  const path = join(await tempDir(t), 'steps');
  const numbers = new Float64Array(2 * count);
  for (let n = 0; n < count; n += 1) numbers.set([n * 3, n], 2 * n);
  await writeFile(path, new Uint8Array(numbers.buffer));
  for (const speed of [1, 2, 0.5]) {
    const schedule = await ReplaySchedule.open({ path, speed, onFailure: assert.fail });
    const seen: number[] = [];
    let lastDueMs = -1;
    while (!schedule.isOver) {
      const dueMs = schedule.nextDueMs;
      if (!Number.isFinite(dueMs)) {
        // The next block is still being read.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      assert.equal(dueMs, (seen.length * 3) / speed);
      lastDueMs = dueMs;
      seen.push(schedule.take());
    }
    assert.equal(seen.length, count);
    assert.ok(seen.every((code, at) => code === at));
    assert.equal(lastDueMs, ((count - 1) * 3) / speed);
    assert.equal(schedule.nextDueMs, Number.POSITIVE_INFINITY);
    schedule.close();
  }
});

test('a worker without steps is over at once', async (t) => {
  const path = join(await tempDir(t), 'steps');
  await writeFile(path, '');
  const schedule = await ReplaySchedule.open({ path, speed: 1, onFailure: assert.fail });
  assert.equal(schedule.isOver, true);
  assert.equal(schedule.nextDueMs, Number.POSITIVE_INFINITY);
  schedule.close();
});

test('a step survives being a number', () => {
  for (const operation of ['read', 'exists', 'write', 'delete'] as const) {
    for (const kind of ['warm', 'new'] as const) {
      for (const number of [0, 1, 1_999_999]) {
        const step: ReplayStep = { operation, kind, number };
        assert.deepEqual(decodeStep(encodeStep(step)), step);
      }
    }
  }
});
