/** One instant of all of a page's charts: the time first, `null` where nothing is known. */
export type Point = readonly (number | null)[];

/**
 * The points of a page's charts, bounded: past the bound each two become one, and from then on a
 * point covers twice the time. Whole runs of any length stay in one picture.
 */
export class Points {
  readonly #pointsMax: number;
  #points: Point[] = [];
  #pending: Point[] = [];
  /** How many of the points added make one that is kept. */
  #merged = 1;

  constructor(pointsMax: number = defaultPointsMax) {
    this.#pointsMax = pointsMax;
  }

  get all(): readonly Point[] {
    return this.#points;
  }

  /** Adds one. `added`: it is kept as the last; `thinned`: all have changed; undefined: it waits for more. */
  add(point: Point): 'added' | 'thinned' | undefined {
    this.#pending.push(point);
    if (this.#pending.length < this.#merged) return undefined;
    this.#points.push(mergePoints(this.#pending));
    this.#pending = [];
    // An even number of them, so that all cover the same time afterwards.
    if (this.#points.length < 2 * Math.ceil(this.#pointsMax / 2)) return 'added';
    this.#points = pairs(this.#points);
    this.#merged *= 2;
    return 'thinned';
  }

  replace(points: readonly Point[]): void {
    this.#points = [...points];
    this.#pending = [];
    this.#merged = 1;
    while (this.#points.length > this.#pointsMax) {
      this.#points = pairs(this.#points);
      this.#merged *= 2;
    }
  }
}

/** A width of pixels or two for each on a wide screen. */
const defaultPointsMax = 1_200;

function pairs(points: readonly Point[]): Point[] {
  const merged: Point[] = [];
  for (let at = 0; at < points.length; at += 2) merged.push(mergePoints(points.slice(at, at + 2)));
  return merged;
}

/** The mean of each figure, of those that are known; the time of the last. */
function mergePoints(points: readonly Point[]): Point {
  const [first] = points;
  if (first === undefined || points.length === 1) return first ?? [];
  return first.map((_, column) => {
    if (column === 0) return points.at(-1)![0]!;
    const known = points.flatMap((point) => point[column] ?? []);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}
