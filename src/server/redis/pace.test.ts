import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pace } from './pace.ts';

const limits = { bodyIdleTimeoutMs: 60, bodyBytesPerSecMin: 10_000 };

async function* dripping(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let drop = 0; drop < 8; drop += 1) {
    await sleep(20);
    yield Uint8Array.of(0);
  }
}

async function drops(phase: 'idle' | 'busy'): Promise<readonly [drops: number, ended: boolean]> {
  let ended = false;
  const pace = new Pace({ destroy: () => (ended = true) }, limits);
  pace.enter(phase);
  let count = 0;
  for await (const drop of pace.watch(dripping())) count += drop.byteLength;
  return [count, ended];
}

test('a command that drips in is given up, however short its pauses are', async () => {
  const [count, ended] = await drops('busy');
  assert.ok(ended && count < 8, String(count));
});

test('between two commands nothing is measured', async () => {
  assert.deepEqual(await drops('idle'), [8, false]);
});
