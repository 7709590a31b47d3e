import {
  operationsMaxOf,
  type RateStage,
  type ResolvedConfig,
  stagesOf,
} from '../config/config.ts';
import type { Measurement, Window } from '../measurement.ts';
import { median } from '../statistics/median.ts';
import { bandOf, namesOf, type VerdictRow } from './judge-rows.ts';

/**
 * Open loop: whether operations pile up because the target completes fewer than arrive. The backlog
 * at an instant is the number of operations that were due and had not ended, those waiting for a
 * connection included, expressed as the time in which that many arrive. A backlog that a stall
 * caused and the target then worked off is not growth.
 * @param isLeftOut windows whose backlog is ignored.
 */
export function inFlightGrowthRow(
  measurement: Measurement,
  config: ResolvedConfig,
  isLeftOut: (window: Window) => boolean = () => false,
): VerdictRow | undefined {
  const stages = stagesOf(config.load);
  if (stages.length === 0) return undefined;
  const backlogs = backlogsMs(measurement, config, stages, isLeftOut);
  if (backlogs.length < windowsLeast) return undefined;
  const part = Math.max(1, Math.floor(backlogs.length / 5));
  const [first, middle, last] = [
    median(backlogs.slice(0, part)),
    median(backlogs.slice(part, -part)),
    median(backlogs.slice(-part)),
  ];
  // What was piled up in the middle and is smaller at the end was worked off.
  const growthMs = last > middle ? Math.max(0, last - Math.min(first, middle)) : 0;
  const limits = { pass: growthMsMax, fail: undefined };
  return {
    ...namesOf('in_flight_growth'),
    requirement: `< ${growthMsMax} ms`,
    measured: growthMs,
    margin: growthMsMax - growthMs,
    verdict: bandOf(growthMs, limits, 'lower'),
    limits,
  };
}

/** Growth of the backlog that counts, in ms of arrivals. */
const growthMsMax = 250;
const windowsLeast = 5;

/** The backlog at the end of each window in which operations were still due. */
function backlogsMs(
  { windows, stopReason }: Measurement,
  config: ResolvedConfig,
  stages: readonly RateStage[],
  isLeftOut: (window: Window) => boolean,
): number[] {
  const cap = operationsMaxOf(config) || Number.POSITIVE_INFINITY;
  const backlogs: number[] = [];
  let ended = 0;
  let came = 0;
  for (const window of windows) {
    const { endMs, counts, due: dueInWindow } = window;
    ended += counts.total;
    const { due: asked, rate } = dueAt(endMs, stages);
    // Random arrivals are sometimes ahead of their rate and sometimes behind it.
    came += dueInWindow ?? 0;
    const due = dueInWindow === undefined ? asked : came;
    // Past the schedule's end, or its cap, a backlog can only shrink.
    if (endMs > config.durationSecs * 1000 || due >= cap) break;
    if (isLeftOut(window)) continue;
    backlogs.push((1000 * Math.max(0, due - ended)) / Math.max(1, rate));
  }
  // A run that was ended early sent nothing more in its last window.
  return stopReason === 'duration' || stopReason === 'requests' ? backlogs : backlogs.slice(0, -1);
}

/** Operations due until an instant, and the rate at it. */
function dueAt(atMs: number, stages: readonly RateStage[]): { due: number; rate: number } {
  let due = 0;
  let startMs = 0;
  for (const { durationSecs, fromRate, toRate } of stages) {
    const lengthMs = durationSecs * 1000;
    const share = Math.min(1, (atMs - startMs) / lengthMs);
    const rate = fromRate + share * (toRate - fromRate);
    due += ((fromRate + rate) / 2) * share * durationSecs;
    if (share < 1) return { due, rate };
    startMs += lengthMs;
  }
  return { due, rate: stages.at(-1)?.toRate ?? 0 };
}
