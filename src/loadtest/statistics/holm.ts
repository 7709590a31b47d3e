/**
 * Holm's step-down adjustment for several tests at once (S. Holm, Scand. J. Statist. 6, 1979): an
 * adjusted p below alpha keeps the chance of any false alarm among all of them below alpha. Returns
 * them in the order given, as R's `p.adjust(method = 'holm')`.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let least = 0;
  order.forEach((index, step) => {
    least = Math.max(least, Math.min(1, (pValues.length - step) * pValues[index]!));
    adjusted[index] = least;
  });
  return adjusted;
}
