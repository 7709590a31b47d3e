import type { ReplayPlan } from '../replay/replay-plan.ts';
import type { ReplayResult } from './model/replay.ts';

/** What the result file holds of a trace that was replayed. */
export function replayResultOf({ figures, speed, warmSizes }: ReplayPlan): ReplayResult {
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
  const counts: readonly (readonly [number, string])[] = [
    [replay.processes_cut_off, 'recording processes were killed: their last lines are missing'],
    [replay.broken_lines, 'lines are invalid (mostly cut off) and were skipped'],
    [
      replay.dropped_by_recorder,
      'operations are missing from the trace: the recording server had no room for them',
    ],
    [
      replay.out_of_order,
      'operations were too far out of order, and were sent with their neighbours',
    ],
    [
      replay.left_out_refused,
      'operations were refused or failed when they were recorded, and are left out',
    ],
    [replay.left_out_unsupported, 'purges and removals are left out'],
  ];
  return counts
    .filter(([number]) => number > 0)
    .map(([number, text]) => `trace: ${number} ${text}`);
}
