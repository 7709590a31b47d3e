import { loopOf, type ResolvedConfig } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import { type ConnectionWaits, connectionWaitsOf, hadAllBusy } from './connection-waits.ts';
import { cutOf } from './cut.ts';
import { healthLimits } from './health-limits.ts';

/** A time in which the generator or the machine failed: what was measured then is not the target's. */
export interface FailedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: 'connections' | 'loop_delay' | 'send_lag' | 'steal' | 'workers';
  /** How long the generator stalled, where that is what happened. */
  readonly stallMs: number | undefined;
}

/** When the generator failed, and for whom operations waited the rest of the time. */
export interface GeneratorFailures {
  readonly spans: readonly FailedSpan[];
  readonly waits: ConnectionWaits;
}

/** Finds the seconds in which the generator stalled, sent late, lost a worker, had too few connections, or lost the CPU. */
export function generatorFailuresOf(
  measurement: Measurement,
  config: ResolvedConfig,
  sendLagLimitMs: number,
): GeneratorFailures {
  const own = ownSpansOf(measurement, config, sendLagLimitMs);
  const waits = connectionWaitsOf(measurement, cutOf(own));
  const limited = waits.limited.map(({ startMs, endMs }): FailedSpan => {
    return { fromMs: startMs, toMs: endMs, cause: 'connections', stallMs: undefined };
  });
  return { spans: [...own, ...limited], waits };
}

/** The same without its connections. */
function ownSpansOf(
  measurement: Measurement,
  config: ResolvedConfig,
  sendLagLimitMs: number,
): FailedSpan[] {
  const { generator, windowMs } = measurement;
  const spans: FailedSpan[] = [];
  let beforeMs = 0;
  for (const { atMs, loopDelayMaxMs: stallMs, ...machine } of generator.samples) {
    const { machineStealMost: steal = machine.machineSteal ?? 0 } = machine;
    if (stallMs > healthLimits.stallMs) {
      spans.push({ fromMs: beforeMs - stallMs, toMs: atMs, cause: 'loop_delay', stallMs });
    }
    if (steal > healthLimits.steal) {
      spans.push({ fromMs: beforeMs, toMs: atMs, cause: 'steal', stallMs: undefined });
    }
    beforeMs = atMs;
  }
  for (const { atMs } of generator.lostWorkers) {
    // Its last window was not handed over.
    const fromMs = atMs - windowMs;
    spans.push({
      fromMs,
      toMs: Number.POSITIVE_INFINITY,
      cause: 'workers',
      stallMs: undefined,
    });
  }
  if (loopOf(config.load) !== 'open') return spans;
  spans.push(...lateWindows(measurement, sendLagLimitMs));
  return spans.map((span) => ({ ...span, toMs: endOfBacklog(span, measurement) }));
}

/**
 * What gathered while the generator stalled is sent at once, and may wait for a connection afterwards.
 * Operations that waited before it did so for another reason.
 */
function endOfBacklog({ fromMs, toMs, stallMs }: FailedSpan, { windows }: Measurement): number {
  const before = windows.findLast(({ endMs }) => endMs <= fromMs);
  if (stallMs === undefined || (before !== undefined && hadAllBusy([before]))) return toMs;
  const latestMs = toMs + backlogFactor * stallMs;
  return windows.reduce(
    (endMs, window) =>
      window.startMs <= endMs && window.endMs > endMs && endMs < latestMs && hadAllBusy([window])
        ? window.endMs
        : endMs,
    toMs,
  );
}

/** At nine tenths of what the connections carry, what gathered is gone after so many times as long. */
const backlogFactor = 10;

/**
 * Windows of an open loop whose operations the generator sent late, from when the first of them was
 * due to the end of the next window: an operation that was sent late at the end of a window ends in
 * the next, and its latency is counted there.
 */
function lateWindows({ windows, windowMs }: Measurement, limitMs: number): FailedSpan[] {
  return windows.flatMap(({ startMs, endMs, histograms }): FailedSpan[] => {
    const lag = histograms.send_lag;
    if (lag === undefined || lag.getValueAtPercentile(99) / 1000 <= limitMs) return [];
    const stallMs = lag.maxValue / 1000;
    const [fromMs, toMs] = [startMs - stallMs, endMs + windowMs];
    return [{ fromMs, toMs, cause: 'send_lag', stallMs }];
  });
}
