/** Solves the normal equations by Gaussian elimination with pivoting; `undefined` for a singular system. */
export function leastSquares(
  rows: readonly { readonly terms: readonly number[]; readonly value: number }[],
): number[] | undefined {
  const size = rows[0]?.terms.length ?? 0;
  const matrix = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) =>
      rows.reduce((sum, { terms }) => sum + (terms[i] as number) * (terms[j] as number), 0),
    ),
    rows.reduce((sum, { terms, value }) => sum + (terms[i] as number) * value, 0),
  ]);
  for (let column = 0; column < size; column += 1) {
    const below = matrix.slice(column);
    const pivot = below.reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a));
    if (Math.abs(pivot[column] as number) < 1e-12) return undefined;
    const at = matrix.indexOf(pivot);
    [matrix[column], matrix[at]] = [pivot, matrix[column] as number[]];
    for (const row of matrix) {
      if (row === pivot) continue;
      const factor = (row[column] as number) / (pivot[column] as number);
      for (let index = column; index <= size; index += 1) {
        row[index] = (row[index] as number) - factor * (pivot[index] as number);
      }
    }
  }
  return matrix.map((row, index) => (row[size] as number) / (row[index] as number));
}
