import { z } from 'zod';
import { amount, measured, type ReadonlyDeep, text } from './fields.ts';

export const replaySchema = z.object({
  trace: text("the file's name, without its folders"),
  sha256: text('SHA-256 of the file'),
  recorded_at: text('when the recording began, ISO 8601'),
  speed: amount('how many times as fast as it was recorded'),
  recorded_duration_ms: amount('from the first operation to the last, as recorded'),
  planned_duration_ms: amount('from the first operation to the last, at this speed'),
  events: amount('operations in the trace'),
  replayed: amount('operations of the trace that were replayed'),
  reads: amount('replayed look-ups that read the bytes'),
  questions: amount('look-ups that want no bytes'),
  writes: amount('replayed stores'),
  removals: amount('replayed removals'),
  recorded_hits: amount('replayed look-ups that hit when they were recorded'),
  recorded_misses: amount('replayed look-ups that missed when they were recorded'),
  recorded_hit_rate_percent: measured('hits of the replayed look-ups, as they were recorded'),
  keys: amount('keys in the trace'),
  keys_stored_before: amount(
    'keys whose reads hit though the trace does not store them: stored before the start',
  ),
  keys_renewed: amount(
    'how often a key went on under a fresh one, so that a hit stays a hit or a miss a miss',
  ),
  left_out_refused: amount('not replayed: refused or failed when they were recorded'),
  left_out_unsupported: amount('not replayed: purges, and removals where the protocol has none'),
  dropped_by_recorder: amount("not in the trace: the recording server's disk was too slow"),
  broken_lines: amount('lines that are not lines of a trace'),
  out_of_order: amount('operations too far from their place in time to be put there'),
  processes_cut_off: amount(
    'processes that recorded and were killed: their last lines are missing',
  ),
});

/** A trace that was replayed: what it held, and how far it could be done again. */
export type ReplayResult = ReadonlyDeep<z.infer<typeof replaySchema>>;
