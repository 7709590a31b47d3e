import { maxOf, minOf } from '../../core/index.ts';
import { isTooShortForRate } from '../metrics/sending-time.ts';
import type { RunResult } from '../result/model/run.ts';
import type { ShiftedRun } from './merge-windows.ts';

/** When a run began, by its machine's clock; milliseconds since the epoch. */
export function startOf({ timestamp }: RunResult): number {
  return Date.parse(timestamp);
}

/** The time in which all generators ran, from the start of the first. */
export interface Overlap {
  readonly fromMs: number;
  /** How long all of them ran; 0 or below: never. */
  readonly lengthMs: number;
  /** How long all of them were sending. */
  readonly sendingMs: number;
  /** From the start of the first to the end of the last. */
  readonly spanMs: number;
}

export function overlapOf(runs: readonly ShiftedRun[]): Overlap {
  const ends = runs.map(({ run, offsetMs }) => offsetMs + run.duration_ms);
  const fromMs = maxOf(runs.map(({ offsetMs }) => offsetMs));
  const sent = runs.map(({ run, offsetMs }) => offsetMs + run.sending_ms);
  const sendingMs = Math.max(0, minOf(sent) - fromMs);
  return { fromMs, lengthMs: minOf(ends) - fromMs, sendingMs, spanMs: maxOf(ends) };
}

/** Successful operations per second while all generators were sending; a window at an edge counts by its share. */
export function throughputOf(
  runs: readonly ShiftedRun[],
  { fromMs, lengthMs: allMs, sendingMs }: Overlap,
): number {
  const lengthMs = isTooShortForRate(sendingMs) ? allMs : sendingMs;
  let successful = 0;
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
