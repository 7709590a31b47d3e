import assert from 'node:assert/strict';
import test from 'node:test';
import type { Progress } from '../../engine/progress/progress.ts';
import { Steadiness } from './steadiness.ts';

/** Feeds a run of 15 s, a report each 200 ms. @returns when it may end, and why. */
function run(
  at: (elapsedMs: number) => { p95Ms?: number; inFlight?: number; operations?: number },
) {
  const steadiness = new Steadiness({ rate: 100, clients: 10, holdMs: 5_000 });
  for (let elapsedMs = 0; elapsedMs <= 15_000; elapsedMs += 200) {
    const { p95Ms = 10, inFlight = 3, operations = elapsedMs / 10 } = at(elapsedMs);
    const progress = { phase: 'running', elapsedMs, operations, failed: 0, inFlight, p95Ms };
    const end = steadiness.add(progress as unknown as Progress);
    if (end !== undefined) return { end, elapsedMs };
  }
  return undefined;
}

test('a steady run ends when it was held for the least time, not before', () => {
  assert.deepEqual(
    run(() => ({})),
    { end: 'steady', elapsedMs: 5_000 },
  );
});

test('one whose P95 still moves is held until it has settled', () => {
  const settled = run((elapsedMs) => ({ p95Ms: elapsedMs < 4_500 ? 10 : 30 }));
  assert.equal(settled?.end, 'steady');
  assert.ok((settled?.elapsedMs ?? 0) > 6_000);
  assert.equal(
    run((elapsedMs) => ({ p95Ms: elapsedMs / 10 })),
    undefined,
  );
});

test('one whose operations pile up ends at once after the least time', () => {
  const piled = run((elapsedMs) => ({ inFlight: elapsedMs / 20, p95Ms: elapsedMs / 4 }));
  assert.deepEqual(piled, { end: 'overloaded', elapsedMs: 5_000 });
});

test('few operations are inconclusive', () => {
  const slow = run((elapsedMs) => ({ operations: elapsedMs / 50 }));
  assert.ok((slow?.elapsedMs ?? 0) >= 10_000);
});
