import { maxOf } from '../../../core/index.ts';
import type { RateRamp } from './stages.ts';

/** Open loop: a target that stalls for this long at the highest rate loses no operation to the bound. */
const stallSecsInFlight = 10;
const maxInFlightLeast = 1_000;
const maxInFlightMost = 1_000_000;

/** How many operations may be under way at once where nobody says it. */
export function defaultMaxInFlight(rates: readonly RateRamp[], numClients: number): number {
  const highest = Math.max(0, maxOf(rates.flatMap((stage) => [stage.fromRate, stage.toRate])));
  const wanted = Math.ceil(highest * stallSecsInFlight);
  return Math.min(Math.max(wanted, maxInFlightLeast, numClients), maxInFlightMost);
}
