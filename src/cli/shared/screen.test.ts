import assert from 'node:assert/strict';
import test from 'node:test';
import { isScreen, styleFor } from './screen.ts';

const terminal = (columns: number, rows: number): NodeJS.WriteStream =>
  ({ isTTY: true, columns, rows }) as NodeJS.WriteStream;

test('a terminal without columns or rows is none to draw on: it gets lines', () => {
  assert.equal(isScreen(terminal(80, 24)), true);
  for (const [columns, rows] of [
    [0, 0],
    [80, 0],
    [0, 24],
  ] as const) {
    assert.equal(isScreen(terminal(columns, rows)), false, `${columns} × ${rows}`);
  }
  assert.equal(styleFor(terminal(0, 0), 110).width, 110);
  assert.equal(isScreen({ isTTY: undefined } as unknown as NodeJS.WriteStream), false);
});
