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
function sendingOf({ run, offsetMs }: ShiftedRun): { fromMs: number; toMs: number } {
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
  const fromMs = Math.max(sending.fromMs, shifted.offsetMs + window.start_ms);
  const toMs = Math.min(sending.toMs, shifted.offsetMs + window.end_ms);
  const within = Math.min(toMs, sendingFromMs + sendingMs) - Math.max(fromMs, sendingFromMs);
  return within > 0 ? (window.sending_successful * within) / (toMs - fromMs) : 0;
}

/**
 * Successful operations per second while all clients of all generators were sending; while all
 * generators ran, where that was too short.
 */
export function throughputOf(runs: readonly ShiftedRun[], overlap: Overlap): number {
  const { fromMs, lengthMs, sendingMs } = overlap;
  let successful = 0;
  if (!isTooShortForRate(sendingMs)) {
    for (const shifted of runs) {
      for (const window of shifted.run.windows) {
        successful += sendingSuccessfulOf(window, shifted, overlap);
      }
    }
    return (1000 * successful) / sendingMs;
  }
  for (const { run, offsetMs } of runs) {
    for (const window of run.windows) {
      const [start, end] = [window.start_ms + offsetMs, window.end_ms + offsetMs];
      const within = Math.min(end, fromMs + lengthMs) - Math.max(start, fromMs);
      if (end > start && within > 0) {
        successful += (window.operations.successful * within) / (end - start);
      }
    }
  }
  return (1000 * successful) / lengthMs;
}

/** Below this share of the whole time, the figures are partly those of fewer generators. */
const overlapShareMin = 0.9;

export function overlapNotes({ lengthMs, spanMs }: Overlap, count: number): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const note = `${count} generators, all running for ${seconds(lengthMs)} of ${seconds(spanMs)} s by their clocks`;
  if (lengthMs >= overlapShareMin * spanMs) return [note];
  return [`${note}: latencies and counts are partly those of fewer generators`];
}
