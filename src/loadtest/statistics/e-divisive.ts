/** A place at which a series may change: `index` is the first value of what comes after. */
export interface Split {
  readonly index: number;
  /** The scaled energy distance of what lies before and after; larger = more different. */
  readonly energy: number;
}

/**
 * The split that sets the two parts of a series apart most, by the energy distance that E-Divisive
 * uses (D. S. Matteson and N. A. James, A Nonparametric Approach for Multiple Change Point Analysis
 * of Multivariate Data, JASA 109, 2014, equations 5 and 6, alpha = 1):
 * nm / (n + m) * (2 E|X - Y| - E|X - X'| - E|Y - Y'|). Each part has `partMin` values or more;
 * `undefined` where there are too few.
 */
export function bestSplit(values: readonly number[], partMin: number): Split | undefined {
  const total = values.length;
  if (total < 2 * partMin) return undefined;
  let best: Split | undefined;
  // Sums of distances: within the part before, within the part after, between the two.
  let before = 0;
  let after = 0;
  let between = 0;
  for (let i = 0; i < total; i += 1) {
    for (let j = i + 1; j < total; j += 1) after += Math.abs(values[i]! - values[j]!);
  }
  for (let moved = 0; moved < total - partMin; moved += 1) {
    // One more value goes from after to before.
    let toBefore = 0;
    let toAfter = 0;
    for (let other = 0; other < total; other += 1) {
      const distance = Math.abs(values[moved]! - values[other]!);
      if (other < moved) toBefore += distance;
      else toAfter += distance;
    }
    before += toBefore;
    after -= toAfter;
    between += toAfter - toBefore;
    const n = moved + 1;
    const m = total - n;
    if (n < partMin) continue;
    const meanOf = (sum: number, count: number): number => (count < 2 ? 0 : sum / pairs(count));
    const energy =
      ((n * m) / (n + m)) * ((2 * between) / (n * m) - meanOf(before, n) - meanOf(after, m));
    if (best === undefined || energy > best.energy) best = { index: n, energy };
  }
  return best;
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}
