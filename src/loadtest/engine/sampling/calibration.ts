import { createHash } from 'node:crypto';

/**
 * Times a fixed amount of work, half of it JavaScript and half SHA-256, some 100 ms on a machine of
 * today. The same before and after a run; where the two differ, the machine was busy elsewhere.
 * @returns milliseconds, the median of several rounds: one interruption must not decide.
 */
export async function calibrate(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    work();
    times.push(performance.now() - from);
    await new Promise((resolve) => setImmediate(resolve));
  }
  times.sort((a, b) => a - b);
  return times[rounds >> 1]! * rounds;
}

const rounds = 7;
const block = Buffer.alloc(2 * 1024 * 1024, 7);

function work(): number {
  let x = 1;
  for (let step = 0; step < 5_000_000; step += 1) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x ^ createHash('sha256').update(block).digest()[0]!;
}
