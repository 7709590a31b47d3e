import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * How long others of this process waited at most for their turn of the event loop while `work` went
 * on, in milliseconds of this process's CPU time: a busy machine does not lengthen it.
 */
export async function longestTurnMs(work: () => Promise<void>): Promise<number> {
  let isOver = false;
  let longestUs = 0;
  const done = work().finally(() => {
    isOver = true;
  });
  // It is awaited at the end.
  done.catch(() => {});
  let lastUs = cpuUs();
  while (!isOver) {
    await nextTurn();
    const nowUs = cpuUs();
    longestUs = Math.max(longestUs, nowUs - lastUs);
    lastUs = nowUs;
  }
  await done;
  return longestUs / 1000;
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Does `work`, again where it took longer than allowed, since garbage of what went before may be
 * collected in its time.
 * @returns the least of the longest turns, and what the process's memory grew by.
 */
export async function costOf(
  work: () => Promise<void>,
  turnMsMax: number,
): Promise<{ readonly turnMs: number; readonly grownBytes: number }> {
  const beforeBytes = process.memoryUsage.rss();
  let turnMs = Infinity;
  for (let tries = 0; tries < 3 && turnMs > turnMsMax; tries += 1) {
    turnMs = Math.min(turnMs, await longestTurnMs(work));
  }
  return { turnMs, grownBytes: process.memoryUsage.rss() - beforeBytes };
}
