import { EventLoopYield } from './event-loop-yield.ts';

/**
 * As `Promise.all` over a map, with at most `batchConcurrency` at a time. Returns results in the
 * order of `items`. Values that come without a promise are not waited for, but others have their
 * turn of the event loop after every `blobsPerTurn` items.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limits: { readonly batchConcurrency: number; readonly blobsPerTurn: number },
  map: (item: T) => R | Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const turns = new EventLoopYield(limits.blobsPerTurn);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      // The index is in range: `next` only grows, and was below the length.
      const result = map(items[index] as T);
      results[index] = result instanceof Promise ? await result : result;
      const turn = turns.step();
      if (turn !== undefined) await turn;
    }
  };
  const workers = Math.min(limits.batchConcurrency, items.length);
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}
