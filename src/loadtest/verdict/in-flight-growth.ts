import type { ResolvedConfig } from '../config/index.ts';
import type { Measurement } from '../engine/measurement.ts';
import type { VerdictRow } from './judge-rows.ts';
import { median } from './trend.ts';

/**
 * Open loop: whether operations pile up while they are sent on time, which is the target's doing: it
 * ends fewer than come. The backlog is what is under way beyond the run's own beginning, in
 * seconds of arrivals; more than a quarter of a second of it at the end is held against the target.
 */
export function inFlightGrowthRow(
  measurement: Measurement,
  config: ResolvedConfig,
): VerdictRow | undefined {
  if (config.stages.length === 0) return undefined;
  const arriving = measurement.windows.filter(
    (window) => window.endMs <= Math.min(config.durationSecs * 1000, measurement.durationMs),
  );
  if (arriving.length < windowsLeast) return undefined;
  const part = Math.max(1, Math.floor(arriving.length / 5));
  const first = backlogMs(arriving.slice(0, part), config);
  const last = backlogMs(arriving.slice(-part), config);
  const growthMs = last - first;
  const verdict = growthMs > growthMsMax && isRising(arriving, config) ? 'INVESTIGATE' : 'PASS';
  return {
    metric: 'in_flight_growth',
    label: 'operations piling up',
    unit: 'ms',
    requirement: `< ${growthMsMax} ms`,
    measured: growthMs,
    margin: growthMsMax - growthMs,
    verdict,
    limits: { pass: growthMsMax, fail: undefined },
  };
}

/** Backlog at the end beyond that at the beginning, in ms of arrivals. */
const growthMsMax = 250;
const windowsLeast = 5;

type Windows = Measurement['windows'];

/** Median time that operations under way take to arrive, by Little's law their time in the system. */
function backlogMs(windows: Windows, config: ResolvedConfig): number {
  return median(
    windows.map((window) => (1000 * window.inFlight) / Math.max(1, rateAt(window.endMs, config))),
  );
}

/** The backlog of each fifth is above the one before: a stall that is over is no growth. */
function isRising(windows: Windows, config: ResolvedConfig): boolean {
  const part = Math.floor(windows.length / 5);
  const fifths = [2, 3, 4].map((index) =>
    backlogMs(windows.slice(index * part, index === 4 ? undefined : (index + 1) * part), config),
  );
  return fifths.every((value, index) => index === 0 || value > fifths[index - 1]! * 0.9);
}

function rateAt(atMs: number, { stages }: ResolvedConfig): number {
  let startMs = 0;
  for (const stage of stages) {
    const lengthMs = stage.durationSecs * 1000;
    if (atMs <= startMs + lengthMs) {
      const share = (atMs - startMs) / lengthMs;
      return stage.fromRate + share * (stage.toRate - stage.fromRate);
    }
    startMs += lengthMs;
  }
  return stages.at(-1)?.toRate ?? 0;
}
