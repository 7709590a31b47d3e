import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyTurns } from './key-turns.ts';

test('a lookup waits for the write before it, a write for lookups before it, lookups not for each other', async () => {
  const turns = new KeyTurns();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const operate = (name: string, changes: boolean, slot = 1): Promise<void> =>
    turns.run(slot, changes, () => {
      begun.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)!();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const all = [
    operate('write 1', true),
    operate('read 1', false),
    operate('read 2', false),
    operate('write 2', true),
    operate('read 3', false),
    operate('another key', false, 2),
  ];
  assert.deepEqual(begun, ['write 1', 'another key']);
  await end('write 1');
  assert.deepEqual(begun.slice(2), ['read 1', 'read 2']);
  await end('read 2');
  assert.deepEqual(begun.slice(4), []);
  await end('read 1');
  assert.deepEqual(begun.slice(4), ['write 2']);
  await end('write 2');
  assert.deepEqual(begun.slice(5), ['read 3']);
  await end('read 3');
  await end('another key');
  await Promise.all(all);
  assert.equal(turns.waits, 4);
  assert.equal(turns.keys, 0, 'nothing is kept of what is over');
});

test('operations after a failed write continue', async () => {
  const turns = new KeyTurns();
  const failed = turns.run(1, true, () => Promise.reject(new Error('no')));
  const after = turns.run(1, false, (waitedMs) => Promise.resolve(waitedMs));
  await assert.rejects(failed, /no/);
  assert.ok((await after) >= 0);
});
