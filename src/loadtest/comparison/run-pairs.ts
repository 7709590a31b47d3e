import type { LabelledRun } from './comparability.ts';

/** A run of base and the run of new that was made right before or after it. */
export type RunPair = readonly [base: LabelledRun, next: LabelledRun];

/**
 * The pairs of runs that were made in turn (A B B A …): in order of time, each two that follow one
 * another hold one of each side. `undefined` where they do not, as with runs made side by side days apart.
 */
export function pairsOf(
  base: readonly LabelledRun[],
  next: readonly LabelledRun[],
): RunPair[] | undefined {
  if (base.length !== next.length) return undefined;
  const inTime = [
    ...base.map((run) => ({ run, isBase: true })),
    ...next.map((run) => ({ run, isBase: false })),
  ].sort((a, b) => Date.parse(a.run.result.timestamp) - Date.parse(b.run.result.timestamp));
  const pairs: RunPair[] = [];
  for (let at = 0; at < inTime.length; at += 2) {
    const [first, second] = [inTime[at]!, inTime[at + 1]!];
    if (first.isBase === second.isBase) return undefined;
    pairs.push(first.isBase ? [first.run, second.run] : [second.run, first.run]);
  }
  return pairs;
}
