/** Ranks from 1 of each value among all; equal values share the mean of theirs. */
export function midranks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end += 1;
    for (let at = start; at <= end; at += 1) ranks[order[at]!] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}
