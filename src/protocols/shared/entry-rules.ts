import type { UniversalRequest } from './universal.ts';

/** What a tool may expect of its entries. */
export interface EntryRules {
  /** Whether a store on a key that has an entry replaces it, or is refused with `exists`. */
  readonly overwrite: Overwrite | ((request: UniversalRequest) => Overwrite);
  /**
   * When a body too large to be verified in memory is verified: as it is sent (a damaged one is cut
   * off), or before its first byte, which reads it twice but lets a damaged one be a miss.
   */
  readonly verifies: 'before' | 'while';
}

export type Overwrite = 'replaces' | 'refused';
