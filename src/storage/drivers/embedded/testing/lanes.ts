import type { EntryKey } from '../../../store.ts';

/** Writes under way at once in each writing process. */
export const lanes = 8;

/** What a lane writer reports when it ends. */
export interface LaneReport {
  /** How many writes of each lane were acknowledged: those numbered from 0. */
  readonly written: number[];
  /** Keys that were not found right after their write was acknowledged. */
  missedAtOnce: number;
  /** Messages of writes that failed. */
  readonly failures: string[];
}

/** The key of a lane's nth write; nobody else writes it. */
export function laneKey(writer: string, lane: number, n: number): EntryKey & { space: 'ac' } {
  return { space: 'ac', namespace: 'lanes', key: `${writer} ${lane} ${n}` };
}
