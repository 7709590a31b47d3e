import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingReplies } from './pending-replies.ts';

test('each answer goes to its own question, in whichever order they come', async () => {
  const pending = new PendingReplies<string>();
  const ids: number[] = [];
  const answers = ['a', 'b', 'c'].map(() => pending.ask((id) => ids.push(id), 60_000));
  assert.equal(new Set(ids).size, 3);
  for (const id of ids.toReversed()) pending.arrived(id, `answer to ${id}`);
  assert.deepEqual(
    await Promise.all(answers),
    ids.map((id) => `answer to ${id}`),
  );
});

test('a question without an answer ends, and what comes later is dropped', async () => {
  const pending = new PendingReplies<string>();
  let asked = 0;
  const answer = await pending.ask((id) => {
    asked = id;
  }, 1);
  assert.equal(answer, undefined);
  pending.arrived(asked, 'too late');
});
