import { z } from 'zod';
import type { ReplayConfig } from '../config/config.ts';
import type { ReplayPlan } from '../replay/replay-plan.ts';

/** A trace that was replayed: what it held, and how far it could be done again. */
export interface ReplayResult {
  /** The file's name, without its folders. */
  readonly trace: string;
  readonly sha256: string;
  /** When the recording began, ISO 8601. */
  readonly recorded_at: string;
  /** How many times as fast as recorded. */
  readonly speed: number;
  /** From the first operation to the last, as recorded, and as planned at this speed. */
  readonly recorded_duration_ms: number;
  readonly planned_duration_ms: number;
  /** Operations in the trace, and how many of them were replayed. */
  readonly events: number;
  readonly replayed: number;
  readonly reads: number;
  readonly questions: number;
  readonly writes: number;
  readonly removals: number;
  /** Of the look-ups replayed, as the recording server answered them. */
  readonly recorded_hits: number;
  readonly recorded_misses: number;
  readonly recorded_hit_rate_percent: number | null;
  readonly keys: number;
  /** Entries whose reads hit though the trace does not store them: stored before the start. */
  readonly keys_stored_before: number;
  /** How often a key went on under a fresh one, so that a hit stays a hit or a miss a miss. */
  readonly keys_renewed: number;
  /** Not replayed: refused or failed when they were recorded. */
  readonly left_out_refused: number;
  /** Not replayed: purges, and removals where the protocol has none. */
  readonly left_out_unsupported: number;
  /** Not in the trace: the recording server's disk was too slow. */
  readonly dropped_by_recorder: number;
  readonly broken_lines: number;
  readonly out_of_order: number;
  /** Processes that recorded and were killed: their last lines are missing. */
  readonly processes_cut_off: number;
}

const count = z.number().min(0);

export const replaySchema: z.ZodType<ReplayResult> = z.object({
  trace: z.string(),
  sha256: z.string(),
  recorded_at: z.string(),
  speed: count,
  recorded_duration_ms: count,
  planned_duration_ms: count,
  events: count,
  replayed: count,
  reads: count,
  questions: count.describe('look-ups that want no bytes'),
  writes: count,
  removals: count,
  recorded_hits: count,
  recorded_misses: count,
  recorded_hit_rate_percent: z.number().nullable(),
  keys: count,
  keys_stored_before: count,
  keys_renewed: count,
  left_out_refused: count,
  left_out_unsupported: count,
  dropped_by_recorder: count,
  broken_lines: count,
  out_of_order: count,
  processes_cut_off: count,
});

/** A trace's plan, as it was replayed at `speed` times its own pace. */
export function replayResultOf(
  { figures, warmSizes }: ReplayPlan,
  { speed }: Pick<ReplayConfig, 'speed'>,
): ReplayResult {
  const lookups = figures.hits + figures.misses;
  return {
    trace: figures.trace,
    sha256: figures.sha256,
    recorded_at: new Date(figures.startedAtMs).toISOString(),
    speed,
    recorded_duration_ms: figures.durationMs,
    planned_duration_ms: figures.durationMs / speed,
    events: figures.events,
    replayed: figures.replayed,
    reads: figures.operations.read,
    questions: figures.operations.exists,
    writes: figures.operations.write,
    removals: figures.operations.delete,
    recorded_hits: figures.hits,
    recorded_misses: figures.misses,
    recorded_hit_rate_percent: lookups === 0 ? null : (100 * figures.hits) / lookups,
    keys: figures.keys,
    keys_stored_before: warmSizes.length,
    keys_renewed: figures.keysRenewed,
    left_out_refused: figures.refused,
    left_out_unsupported: figures.unsupported,
    dropped_by_recorder: figures.dropped,
    broken_lines: figures.brokenLines,
    out_of_order: figures.outOfOrder,
    processes_cut_off: figures.cutOff,
  };
}

/** What a reader of the run must know of the trace, one sentence each. */
export function replayNotes(replay: ReplayResult): string[] {
  const told: readonly (readonly [number, string])[] = [
    [
      replay.processes_cut_off,
      'processes were killed while they recorded: their last lines are missing',
    ],
    [replay.broken_lines, 'lines are no lines of a trace (cut off, mostly) and were passed over'],
    [
      replay.dropped_by_recorder,
      'operations are not in the trace: the recording server had no room for them',
    ],
    [
      replay.out_of_order,
      'operations stood too far from their place in time, and were sent with their neighbours',
    ],
    [
      replay.left_out_refused,
      'operations were refused or failed when they were recorded, and are left out',
    ],
    [replay.left_out_unsupported, 'purges and removals are left out'],
  ];
  return told.filter(([number]) => number > 0).map(([number, text]) => `trace: ${number} ${text}`);
}
