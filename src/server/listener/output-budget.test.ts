import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputBudget } from './output-budget.ts';

const limits = { outputPerConnectionBytesMax: 10, outputPerProcessBytesMax: 100 };

test('past the bound of the process, whoever has waited longest is cut off', () => {
  const cut: string[] = [];
  let count = 0;
  const budget = new OutputBudget(limits, () => {
    count += 1;
  });
  const client = (name: string): { destroy(): void } => ({ destroy: () => cut.push(name) });
  const [silent, slow, late] = [client('silent'), client('slow'), client('late')];
  budget.note(slow, 50);
  budget.note(silent, 30);
  // It caught up in between, so it began to wait anew.
  budget.note(slow, 0);
  budget.note(slow, 40);
  assert.deepEqual([budget.waitingBytes, cut], [70, []]);
  budget.note(late, 40);
  assert.deepEqual([budget.waitingBytes, cut, count], [80, ['silent'], 1]);
  budget.note(silent, 0);
  assert.equal(budget.waitingBytes, 80);
});

test('one that waits for more than the process may hold is itself cut off', () => {
  let cut = 0;
  const budget = new OutputBudget(limits);
  budget.note({ destroy: () => (cut += 1) }, 101);
  assert.deepEqual([budget.waitingBytes, cut], [0, 1]);
});
