import type { Histogram } from 'hdr-histogram-js';

/** Calls `visit` for each value (µs) that a histogram holds, rising, with how often it holds it. */
export function forEachRecordedValue(
  histogram: Histogram,
  visit: (valueUs: number, count: number) => void,
): void {
  // Every writer's histograms can be walked, but the library's common interface does not say so.
  const { recordedValuesIterator: values } = histogram as unknown as WalkableHistogram;
  values.reset();
  while (values.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = values.next();
    visit(valueIteratedTo, countAtValueIteratedTo);
  }
}

interface WalkableHistogram {
  readonly recordedValuesIterator: {
    reset(): void;
    hasNext(): boolean;
    next(): { readonly valueIteratedTo: number; readonly countAtValueIteratedTo: number };
  };
}
