import type { RunResult } from '../result/model/run.ts';
import type { ShiftedRun } from './overlap.ts';

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The longest time in which no generator had an answer, of those that are in the files (the longest of
 * each window); `null` where a generator had nothing to measure. The machines' clocks bound its exactness.
 */
export function longestCommonSilenceMs(runs: readonly ShiftedRun[]): number | null {
  if (runs.some(({ run }) => run.longest_silence_ms === null)) return null;
  const [first = [], ...others] = runs.map(silencesOf);
  const common = others.reduce(commonSpans, first);
  return common.reduce((longest, { fromMs, toMs }) => Math.max(longest, toMs - fromMs), 0);
}

function silencesOf({ run, offsetMs }: ShiftedRun): readonly Span[] {
  return run.windows.flatMap(({ silence }: RunResult['windows'][number]) =>
    silence === undefined
      ? []
      : [{ fromMs: silence.from_ms + offsetMs, toMs: silence.to_ms + offsetMs }],
  );
}

/** The parts of spans that lie in both lists, each list rising by its ends. */
function commonSpans(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  const common: Span[] = [];
  let begin = 0;
  for (const span of a) {
    while (begin < b.length && b[begin]!.toMs <= span.fromMs) begin += 1;
    for (const other of b.slice(begin, begin + neighbours)) {
      const fromMs = Math.max(span.fromMs, other.fromMs);
      const toMs = Math.min(span.toMs, other.toMs);
      if (toMs > fromMs) common.push({ fromMs, toMs });
    }
  }
  return common;
}

/**
 * A silence of a generator is compared with up to this many of another's: one may span several
 * windows.
 */
const neighbours = 1_000;
