import { maxOf, minOf } from '../../core/index.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import type { RunResult } from '../result/model/run.ts';
import type { WindowResult } from '../result/model/windows.ts';

/** A run, and how long after the first of all it began. */
export interface ShiftedRun {
  readonly run: RunResult;
  readonly offsetMs: number;
}

/** When a run began, by its machine's clock; milliseconds since the epoch. */
export function startOf({ timestamp }: RunResult): number {
  return Date.parse(timestamp);
}

/** The time in which all generators ran, from the start of the first. */
export interface Overlap {
  readonly fromMs: number;
  /** How long all of them ran; 0 or below: never. */
  readonly lengthMs: number;
  /** When all clients of all of them had begun, and how long they were sending from then. */
  readonly sendingFromMs: number;
  readonly sendingMs: number;
  /** From the start of the first to the end of the last. */
  readonly spanMs: number;
}

export function overlapOf(runs: readonly ShiftedRun[]): Overlap {
  const ends = runs.map(({ run, offsetMs }) => offsetMs + run.duration_ms);
  const fromMs = maxOf(runs.map(({ offsetMs }) => offsetMs));
  const sending = runs.map(sendingOf);
  const sendingFromMs = maxOf(sending.map((span) => span.fromMs));
  const sendingMs = Math.max(0, minOf(sending.map(({ toMs }) => toMs)) - sendingFromMs);
  const lengthMs = minOf(ends) - fromMs;
  return { fromMs, lengthMs, sendingFromMs, sendingMs, spanMs: maxOf(ends) };
}

/** When all clients of one generator were sending. */
function sendingOf({ run, offsetMs }: ShiftedRun): Span {
  const fromMs = offsetMs + (run.sending_from_ms ?? 0);
  return { fromMs, toMs: fromMs + run.sending_ms };
}

/** What succeeded in a window of one generator while all were sending; at an edge, by its share. */
export function sendingSuccessfulOf(
  window: WindowResult,
  shifted: ShiftedRun,
  { sendingFromMs, sendingMs }: Overlap,
): number {
  const sending = sendingOf(shifted);
  const span = spanOf(window, shifted);
  const sent = {
    fromMs: Math.max(sending.fromMs, span.fromMs),
    toMs: Math.min(sending.toMs, span.toMs),
  };
  const all = { fromMs: sendingFromMs, toMs: sendingFromMs + sendingMs };
  return window.sending_successful * shareWithin(sent, all);
}

/**
 * Successful operations per second while all clients of all generators were sending; while all
 * generators ran, where that was too short.
 * @param sendingSuccessful the sum of `sendingSuccessfulOf` over all windows of all runs.
 */
export function throughputOf(
  runs: readonly ShiftedRun[],
  { fromMs, lengthMs, sendingMs }: Overlap,
  sendingSuccessful: number,
): number {
  if (!isTooShortForRate(sendingMs)) return (1000 * sendingSuccessful) / sendingMs;
  const all = { fromMs, toMs: fromMs + lengthMs };
  const successful = runs.flatMap((shifted) =>
    shifted.run.windows.map(
      (window) => window.operations.successful * shareWithin(spanOf(window, shifted), all),
    ),
  );
  return (1000 * successful.reduce((sum, count) => sum + count, 0)) / lengthMs;
}

/** A stretch of time, from the start of the first run. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function spanOf(window: WindowResult, { offsetMs }: ShiftedRun): Span {
  return { fromMs: offsetMs + window.start_ms, toMs: offsetMs + window.end_ms };
}

/** The share of a stretch that lies within another, 0 to 1. */
function shareWithin({ fromMs, toMs }: Span, outer: Span): number {
  const within = Math.min(toMs, outer.toMs) - Math.max(fromMs, outer.fromMs);
  return within > 0 ? within / (toMs - fromMs) : 0;
}

/** Below this share of the whole time, the figures are partly those of fewer generators. */
const overlapShareMin = 0.9;

export function overlapNotes({ lengthMs, spanMs }: Overlap, count: number): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const note = `${count} generators, all running for ${seconds(lengthMs)} of ${seconds(spanMs)} s by their clocks`;
  if (lengthMs >= overlapShareMin * spanMs) return [note];
  return [`${note}: latencies and counts are partly those of fewer generators`];
}
