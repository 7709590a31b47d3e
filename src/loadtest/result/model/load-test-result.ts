import type { z } from 'zod';
import type { ReplayResult } from './replay.ts';
import type { RunResult } from './run.ts';
import type {
  CapacitySearchResult,
  ClientRampResult,
  SuiteResult,
  suiteFileSchema,
} from './suite.ts';

/**
 * The answer of a load test, by its kind. Every entry point of the library returns a member of this
 * union, and `readResultFile` reads one. The file has no kind: the kind follows from the keys that
 * are in the file.
 */
export type LoadTestResult =
  /** One run. */
  | { readonly kind: 'run'; readonly result: RunResult }
  /** One run that replayed a trace. */
  | { readonly kind: 'replay'; readonly result: ReplayRunResult }
  /** Scenarios, one after another. */
  | { readonly kind: 'suite'; readonly result: SuiteResult }
  /** A search for the highest rate that meets the criteria. */
  | { readonly kind: 'capacity'; readonly result: CapacitySearchResult }
  /** A ramp over numbers of clients. */
  | { readonly kind: 'scaling'; readonly result: ClientRampResult };

/** The members of {@link LoadTestResult} of some kinds. */
export type ResultOf<Kind extends LoadTestResult['kind']> = Extract<
  LoadTestResult,
  { readonly kind: Kind }
>;

/** A run that replayed a trace: `replay` says what the trace held. */
export type ReplayRunResult = RunResult & { readonly replay: ReplayResult };

/** Says which kind one run is. */
export function runResultOf(run: RunResult): ResultOf<'run' | 'replay'> {
  const { replay } = run;
  return replay === undefined
    ? { kind: 'run', result: run }
    : { kind: 'replay', result: { ...run, replay } };
}

/** Says which kind a file of several runs is. */
export function seriesResultOf(
  file: z.infer<typeof suiteFileSchema>,
): ResultOf<'suite' | 'capacity' | 'scaling'> {
  const { capacity, scaling, ...suite } = file;
  if (capacity !== undefined) return { kind: 'capacity', result: { ...suite, capacity } };
  if (scaling !== undefined) return { kind: 'scaling', result: { ...suite, scaling } };
  return { kind: 'suite', result: suite };
}

/** Whether a result is one run, and not a series of them. */
export function isSingleRun(loaded: LoadTestResult): loaded is ResultOf<'run' | 'replay'> {
  return loaded.kind === 'run' || loaded.kind === 'replay';
}

/** All runs of a result, in order. */
export function runsOf(loaded: LoadTestResult): readonly RunResult[] {
  return isSingleRun(loaded) ? [loaded.result] : loaded.result.scenarios;
}
