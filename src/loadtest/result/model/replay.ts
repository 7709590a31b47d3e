import { z } from 'zod';
import { amount, measured, type ReadonlyDeep, text } from './fields.ts';

export const replaySchema = z.object({
  trace: text("the file's name, without its folders"),
  sha256: text('SHA-256 of the file'),
  recorded_at: text('when the recording began, ISO 8601'),
  speed: amount('speed relative to the recording'),
  recorded_duration_ms: amount('from the first operation to the last, as recorded'),
  planned_duration_ms: amount('from the first operation to the last, at this speed'),
  events: amount('operations in the trace'),
  replayed: amount('operations of the trace that were replayed'),
  reads: amount('replayed lookups that read the bytes'),
  questions: amount('lookups that request no bytes'),
  writes: amount('replayed stores'),
  removals: amount('replayed removals'),
  recorded_hits: amount('replayed lookups that hit when they were recorded'),
  recorded_misses: amount('replayed lookups that missed when they were recorded'),
  recorded_hit_rate_percent: measured('recorded hit rate of the replayed lookups'),
  keys: amount('keys in the trace'),
  keys_stored_before: amount(
    'keys that the trace reads without a store before: stored before the start',
  ),
  keys_renewed: amount(
    'how often a key was replaced by a fresh one to keep a recorded hit a hit or a miss a miss',
  ),
  left_out_refused: amount('not replayed: refused or failed when they were recorded'),
  left_out_unsupported: amount('not replayed: purges, and removals where the protocol has none'),
  dropped_by_recorder: amount("not in the trace: the recording server's disk was too slow"),
  broken_lines: amount('invalid lines of the trace'),
  out_of_order: amount('operations too far out of order to be sorted'),
  processes_cut_off: amount('recording processes that were killed: their last lines are missing'),
});

/** A trace that was replayed: what it held, and how far it could be done again. */
export type ReplayResult = ReadonlyDeep<z.infer<typeof replaySchema>>;
