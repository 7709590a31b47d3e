import type { z } from 'zod';
import type { RunResult } from './run.ts';
import type {
  CapacitySearchResult,
  ClientRampResult,
  SuiteResult,
  suiteFileSchema,
} from './suite.ts';

/**
 * What a load test came to, by its kind. The file has no kind: it follows from the keys that are
 * in it. A replayed trace is a run, with the trace in its `replay`.
 */
export type LoadTestResult =
  | { readonly kind: 'run'; readonly result: RunResult }
  | { readonly kind: 'suite'; readonly result: SuiteResult }
  | { readonly kind: 'capacity'; readonly result: CapacitySearchResult }
  | { readonly kind: 'scaling'; readonly result: ClientRampResult };

/** Tells which kind a file of several runs is. */
export function seriesResultOf(file: z.infer<typeof suiteFileSchema>): LoadTestResult {
  const { capacity, scaling, ...suite } = file;
  if (capacity !== undefined) return { kind: 'capacity', result: { ...suite, capacity } };
  if (scaling !== undefined) return { kind: 'scaling', result: { ...suite, scaling } };
  return { kind: 'suite', result: suite };
}

/** All runs of a result, in order. */
export function runsOf(loaded: LoadTestResult): readonly RunResult[] {
  switch (loaded.kind) {
    case 'run':
      return [loaded.result];
    case 'suite':
    case 'capacity':
    case 'scaling':
      return loaded.result.scenarios;
  }
}
