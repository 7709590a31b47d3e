import type { Measurement, OperationCounts, Silence, Window } from '../measurement.ts';
import { longerSilence } from '../metrics/silence.ts';

/** Spans that do not overlap, in order. */
export type Cut = readonly { readonly fromMs: number; readonly toMs: number }[];

/** Joins spans that overlap or touch. */
export function cutOf(spans: readonly Cut[number][]): Cut {
  const cut: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = cut.at(-1);
    if (last === undefined || fromMs > last.toMs) cut.push({ fromMs, toMs });
    else last.toMs = Math.max(last.toMs, toMs);
  }
  return cut;
}

/** How much of a time lies in the cut. */
export function overlapMs(cut: Cut, fromMs: number, toMs: number): number {
  return cut.reduce(
    (sum, part) => sum + Math.max(0, Math.min(toMs, part.toMs) - Math.max(fromMs, part.fromMs)),
    0,
  );
}

/** What was measured outside of the cut, as if the run had been that alone. */
export function measuredWithout(measurement: Measurement, cut: Cut): Measurement {
  const isKept = ({ startMs, endMs }: Window): boolean => overlapMs(cut, startMs, endMs) === 0;
  const kept = measurement.windows.filter(isKept);
  const silence = measurement.windows
    .map((window) => trimmed(window.silence, cut))
    .reduce<Silence | undefined>(longerSilence, undefined);
  const windows = kept.map((window, index) => ({
    ...window,
    silence: index === 0 ? silence : undefined,
  }));
  const samples = <T extends { readonly atMs: number }>(all: readonly T[]): T[] =>
    all.filter(({ atMs }) => overlapMs(cut, atMs - 1, atMs) === 0);
  return {
    ...measurement,
    windows,
    totals: sumOf(kept),
    durationMs: lengthOf(kept, 0, Number.POSITIVE_INFINITY),
    sendingMs: lengthOf(
      kept,
      measurement.sendingFromMs,
      measurement.sendingFromMs + measurement.sendingMs,
    ),
    server: { ...measurement.server, samples: samples(measurement.server.samples) },
  };
}

function lengthOf(windows: readonly Window[], fromMs: number, untilMs: number): number {
  return windows.reduce(
    (sum, { startMs, endMs }) =>
      sum + Math.max(0, Math.min(endMs, untilMs) - Math.max(startMs, fromMs)),
    0,
  );
}

/** A silence without the part in which the generator itself stalled. */
function trimmed(silence: Silence | undefined, cut: Cut): Silence | undefined {
  if (silence === undefined) return undefined;
  const { fromMs, toMs } = silence;
  return { fromMs, toMs: toMs - overlapMs(cut, fromMs, toMs) };
}

function sumOf(windows: readonly Window[]): OperationCounts {
  const sum = (pick: (counts: OperationCounts) => number): number =>
    windows.reduce((total, { counts }) => total + pick(counts), 0);
  const kinds = Object.keys(
    windows[0]?.counts.failures ?? {},
  ) as (keyof OperationCounts['failures'])[];
  const failures = Object.fromEntries(
    kinds.map((kind) => [kind, sum((counts) => counts.failures[kind])]),
  ) as Record<keyof OperationCounts['failures'], number>;
  return {
    total: sum(({ total }) => total),
    successful: sum(({ successful }) => successful),
    failed: sum(({ failed }) => failed),
    hits: sum(({ hits }) => hits),
    misses: sum(({ misses }) => misses),
    readBytes: sum(({ readBytes }) => readBytes),
    writtenBytes: sum(({ writtenBytes }) => writtenBytes),
    retries: sum(({ retries }) => retries),
    failures,
  };
}
