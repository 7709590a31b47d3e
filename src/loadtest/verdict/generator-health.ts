import { loopOf, type ResolvedConfig } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import { mergeSeries } from '../metrics/merge-series.ts';
import { checkConnections, checkOwnFailures } from './connection-health.ts';
import { judgedLatencyOf, sentMsOf } from './measures.ts';

/** Limits of the generator's own health. */
export const healthLimits = {
  /** P99 of how late operations were sent: the larger of this and a tenth of the response P99. */
  sendLagMs: 5,
  sendLagShareOfP99: 0.1,
  loopDelayMs: 20,
  /** Seconds with a late event loop that are put down to chance: one, or a tenth of all. */
  loopDelaySecondsShare: 0.1,
  /** CPU of the generator, per worker, 1 = a core. */
  cpuPerWorker: 0.95,
  openFilesShare: 0.8,
  /** How many times slower or faster the calibration may be afterwards: noted, and spoiling an open loop. */
  calibrationNoted: 1.3,
  calibrationSpoilt: 2,
  /** Share of the machine's CPU that its hypervisor took. */
  steal: 0.1,
} as const;

export const healthStatuses = ['ok', 'note', 'spoilt'] as const;

/** `note`: true and harmless to the verdict. `spoilt`: the run says nothing sure about the target. */
export type HealthStatus = (typeof healthStatuses)[number];

export const healthCheckNames = [
  'workers',
  'send_lag',
  'loop_delay',
  'cpu',
  'open_files',
  'calibration',
  'steal',
  'connections',
  'failures',
] as const;
export type HealthCheckName = (typeof healthCheckNames)[number];

/** One thing that was looked at to tell whether the generator was up to the run. */
export interface HealthCheck {
  readonly name: HealthCheckName;
  readonly status: HealthStatus;
  /** What was seen, in plain words; for a status other than ok also what it means. */
  readonly text: string;
}

/**
 * Judges the generator before the target. In a closed loop a busy generator or machine is normal
 * and makes notes; lost workers and missing file descriptors spoil any run.
 */
export function judgeGenerator(measurement: Measurement, config: ResolvedConfig): HealthCheck[] {
  const isOpenLoop = loopOf(config.load) === 'open';
  const busy: HealthStatus = isOpenLoop ? 'spoilt' : 'note';
  return [
    checkWorkers(measurement),
    ...(isOpenLoop ? [checkSendLag(measurement)] : []),
    checkLoopDelay(measurement, busy),
    ...(isOpenLoop ? [] : [checkCpu(measurement)]),
    checkOpenFiles(measurement),
    checkCalibration(measurement, busy),
    ...checkSteal(measurement, busy),
    ...checkConnections(measurement, sentMsOf(measurement, config)),
    ...checkOwnFailures(measurement),
  ];
}

function checkWorkers({ generator, stopReason }: Measurement): HealthCheck {
  const lost = generator.lostWorkers.length;
  if (lost === 0 && stopReason !== 'workers_lost') {
    return { name: 'workers', status: 'ok', text: `all ${generator.workers} workers lived` };
  }
  const reasons = [...new Set(generator.lostWorkers.map(({ reason }) => reason))].join('; ');
  const text = `${lost} of ${generator.workers} generator workers were lost (${reasons}): their operations are missing`;
  return { name: 'workers', status: 'spoilt', text };
}

/** The generator's own lateness: what an operation waited for a free connection is the target's time and not in it. */
function checkSendLag(measurement: Measurement): HealthCheck {
  const lag = mergeSeries(measurement.windows, ['send_lag']);
  const p99Ms = (lag?.getValueAtPercentile(99) ?? 0) / 1000;
  const responseP99Ms = judgedLatencyOf(measurement)?.p99Ms ?? 0;
  const limitMs = Math.max(healthLimits.sendLagMs, healthLimits.sendLagShareOfP99 * responseP99Ms);
  const seen = `operations were sent ${fixed(p99Ms)} ms late at P99 (limit ${fixed(limitMs)} ms)`;
  if (p99Ms <= limitMs) return { name: 'send_lag', status: 'ok', text: seen };
  return {
    name: 'send_lag',
    status: 'spoilt',
    text: `${seen}: the generator did not keep its schedule; use more workers, a lower rate or another machine`,
  };
}

function checkLoopDelay({ generator }: Measurement, busy: HealthStatus): HealthCheck {
  const delays = generator.samples.map((sample) => sample.loopDelayP99Ms);
  const late = delays.filter((delayMs) => delayMs > healthLimits.loopDelayMs).length;
  const chance = Math.max(1, Math.floor(healthLimits.loopDelaySecondsShare * delays.length));
  const worst = Math.max(0, ...delays);
  const seen = `event-loop delay at most ${fixed(worst)} ms`;
  if (late <= chance) return { name: 'loop_delay', status: 'ok', text: seen };
  return {
    name: 'loop_delay',
    status: busy,
    text: `the generator's event loop was late by more than ${healthLimits.loopDelayMs} ms in ${late} of ${delays.length} seconds (worst ${fixed(worst)} ms): part of the latency is the generator's own`,
  };
}

/** Closed loop only: the pacer of an open one turns the event loop between sends, so that its CPU says nothing. */
function checkCpu({ generator }: Measurement): HealthCheck {
  const used = mean(generator.samples.map((sample) => sample.cpuCores));
  const limit = healthLimits.cpuPerWorker * generator.workers;
  const seen = `generator used ${used.toFixed(2)} cores with ${plural(generator.workers, 'worker')}`;
  if (used < limit) return { name: 'cpu', status: 'ok', text: seen };
  return {
    name: 'cpu',
    status: 'note',
    text: `${seen}, all that it could: the throughput is what the generator can ask for, the target may be able to give more`,
  };
}

function checkOpenFiles({ generator }: Measurement): HealthCheck {
  const { limit, needed } = generator.openFiles;
  if (limit === undefined) {
    return {
      name: 'open_files',
      status: 'ok',
      text: `needs ${needed} open files, limit not known`,
    };
  }
  const seen = `needs ${needed.toLocaleString('en')} open files of ${limit.toLocaleString('en')}`;
  if (needed > limit) {
    return {
      name: 'open_files',
      status: 'spoilt',
      text: `${seen}: connections failed on this side; raise ulimit -n or use fewer clients`,
    };
  }
  const isClose = needed > healthLimits.openFilesShare * limit;
  return {
    name: 'open_files',
    status: isClose ? 'note' : 'ok',
    text: isClose ? `${seen}: raise ulimit -n before asking for more clients` : seen,
  };
}

function checkCalibration({ generator }: Measurement, busy: HealthStatus): HealthCheck {
  const { beforeMs, afterMs } = generator.calibration;
  const ratio = beforeMs > 0 && afterMs > 0 ? afterMs / beforeMs : 1;
  const change = Math.max(ratio, 1 / ratio);
  const seen = `fixed work took ${fixed(beforeMs)} ms before and ${fixed(afterMs)} ms after the run`;
  if (change <= healthLimits.calibrationNoted) {
    return { name: 'calibration', status: 'ok', text: seen };
  }
  return {
    name: 'calibration',
    status: change > healthLimits.calibrationSpoilt ? busy : 'note',
    text: `${seen}: the machine was busy with something else for part of it, so compare its figures with care`,
  };
}

function checkSteal({ generator }: Measurement, busy: HealthStatus): HealthCheck[] {
  const shares = generator.samples.flatMap(({ machineSteal }) => machineSteal ?? []);
  if (shares.length === 0) return [];
  const share = mean(shares);
  const seen = `the hypervisor took ${(100 * share).toFixed(1)} % of the machine's CPU`;
  if (share <= healthLimits.steal) return [{ name: 'steal', status: 'ok', text: seen }];
  return [
    { name: 'steal', status: busy, text: `${seen}: other machines on the host slowed this run` },
  ];
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function fixed(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
