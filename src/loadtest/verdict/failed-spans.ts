import { loopOf, type ResolvedConfig } from '../config/config.ts';
import type { Measurement, OperationCounts, Silence, Window } from '../measurement.ts';
import { longerSilence } from '../metrics/silence.ts';
import { connectionLimitedWindows } from './connection-health.ts';
import { healthLimits } from './health-limits.ts';

/** A time in which the generator or the machine failed: what was measured then is not the target's. */
export interface FailedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: 'connections' | 'loop_delay' | 'send_lag' | 'steal' | 'workers';
  /** How long the generator stalled, where that is what happened. */
  readonly stallMs: number | undefined;
}

/** Finds the seconds in which the generator stalled, sent late, lost a worker, had too few connections, or lost the CPU. */
export function failedSpansOf(
  measurement: Measurement,
  config: ResolvedConfig,
  sendLagLimitMs: number,
): FailedSpan[] {
  const { generator, windowMs } = measurement;
  const spans: FailedSpan[] = [];
  let beforeMs = 0;
  for (const { atMs, loopDelayMaxMs: stallMs, ...machine } of generator.samples) {
    const { machineStealMost: steal = machine.machineSteal ?? 0 } = machine;
    if (stallMs > healthLimits.stallMs) {
      spans.push({ fromMs: beforeMs - stallMs, toMs: atMs, cause: 'loop_delay', stallMs });
    }
    if (steal > healthLimits.steal) {
      spans.push({ fromMs: beforeMs, toMs: atMs, cause: 'steal', stallMs: undefined });
    }
    beforeMs = atMs;
  }
  for (const { atMs } of generator.lostWorkers) {
    // Its last window was not handed over.
    const fromMs = atMs - windowMs;
    spans.push({
      fromMs,
      toMs: Number.POSITIVE_INFINITY,
      cause: 'workers',
      stallMs: undefined,
    });
  }
  for (const { startMs, endMs } of connectionLimitedWindows(measurement)) {
    spans.push({ fromMs: startMs, toMs: endMs, cause: 'connections', stallMs: undefined });
  }
  if (loopOf(config.load) === 'open') spans.push(...lateWindows(measurement, sendLagLimitMs));
  return spans;
}

/**
 * Windows of an open loop whose operations the generator sent late, from when the first of them was
 * due to the end of the next window: an operation that was sent late at the end of a window ends in
 * the next, and its latency is counted there.
 */
function lateWindows({ windows, windowMs }: Measurement, limitMs: number): FailedSpan[] {
  return windows.flatMap(({ startMs, endMs, histograms }): FailedSpan[] => {
    const lag = histograms.send_lag;
    if (lag === undefined || lag.getValueAtPercentile(99) / 1000 <= limitMs) return [];
    const stallMs = lag.maxValue / 1000;
    const [fromMs, toMs] = [startMs - stallMs, endMs + windowMs];
    return [{ fromMs, toMs, cause: 'send_lag', stallMs }];
  });
}

/** Spans that do not overlap, in order. */
export type Cut = readonly { readonly fromMs: number; readonly toMs: number }[];

/** Joins spans that overlap or touch. */
export function cutOf(spans: readonly FailedSpan[]): Cut {
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
