import type { KeySample } from './key-sample.ts';

/** How large the working set had become by then. */
export interface GrowthPoint {
  readonly atMs: number;
  readonly keys: number;
  readonly sizeBytes: number;
}

/** More than this many points are thinned to half as they come, so that a trace of any length has some. */
const pointsMax = 120;

/** Notes the growth of a working set over time; estimates, where the sample is not all keys. */
export function createGrowth(): {
  note(atMs: number, sample: KeySample): void;
  points(): readonly GrowthPoint[];
} {
  let points: GrowthPoint[] = [];
  let stepMs = 0;
  let last: GrowthPoint | undefined;
  return {
    note(atMs, { keys, sizeBytes }) {
      last = { atMs, keys, sizeBytes };
      const before = points.at(-1);
      if (before !== undefined && atMs < before.atMs + stepMs) return;
      points.push(last);
      if (points.length <= pointsMax) return;
      points = points.filter((_, index) => index % 2 === 0);
      stepMs = (2 * (points.at(-1)!.atMs - points[0]!.atMs)) / pointsMax;
    },
    points: () => (last === undefined || points.at(-1) === last ? points : [...points, last]),
  };
}
