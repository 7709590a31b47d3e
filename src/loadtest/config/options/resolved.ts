import type { AllOptions, Given, Settled } from './all-options.ts';
import type { ComposedParts } from './run-parts.ts';

/**
 * What a user asks of a load test; every key may be left out. docs/loadtest.md has what each key
 * means, takes and is by default.
 */
export type LoadTestConfig = Given<AllOptions>;

/** What runs, with nothing left open. */
export type ResolvedConfig = Settled<AllOptions> & ComposedParts;
