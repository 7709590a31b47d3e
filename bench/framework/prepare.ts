import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkout } from './checkout.ts';
import type { Contender, PreparedContender, RowContext } from './row.ts';

/** How long the turn to warm up lasts at most. */
const warmUpSecondsMax = 2;

/** What is prepared within a scope, and undone at its end. */
export interface RowScope {
  /** Prepares a contender over a checkout, in a directory of its own. */
  prepare(contender: Contender, checkout: Checkout): Promise<PreparedContender>;
}

/** Runs with a scope, and undoes all that was prepared in it, last first, also after a failure. */
export async function inRowScope<T>(
  rowName: string,
  run: (scope: RowScope) => Promise<T>,
): Promise<T> {
  const undo: (() => Promise<void> | void)[] = [];
  const root = await mkdtemp(join(tmpdir(), `memobuild-bench-${rowName}-`));
  let count = 0;
  const prepare = async (contender: Contender, checkout: Checkout): Promise<PreparedContender> => {
    count += 1;
    const dir = join(root, String(count));
    await mkdir(dir);
    const context: RowContext = { dir, checkout, after: (step) => undo.push(step) };
    return contender.prepare(context);
  };
  try {
    return await run({ prepare });
  } finally {
    for (const step of undo.reverse()) await step();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One turn that is thrown away: compiled code, page cache and connections are then as in the next. */
export async function warmUp(contender: PreparedContender, seconds: number): Promise<void> {
  if (contender.startsAfresh === true) return;
  await contender.measure({ seconds: Math.min(warmUpSecondsMax, seconds) });
}
