import { loopOf, type ResolvedConfig } from '../config/config.ts';
import type { Measurement } from '../measurement.ts';
import { mergeSeries } from '../metrics/merge-series.ts';
import { checkConnections, checkOwnFailures } from './connection-health.ts';
import type { ConnectionWaits } from './connection-waits.ts';
import { healthLimits } from './health-limits.ts';
import { judgedLatencyOf } from './measures.ts';

export const healthStatuses = ['ok', 'note', 'void'] as const;

/**
 * `note`: it decides no row of the verdict. `void`: it decides one, so the run says nothing certain
 * about the target.
 */
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
  'machine',
] as const;
export type HealthCheckName = (typeof healthCheckNames)[number];

/** One check of whether the generator kept up with the run. */
export interface HealthCheck {
  readonly name: HealthCheckName;
  readonly status: HealthStatus;
  /** What was seen, in plain words; for a status other than ok also what it means. */
  readonly text: string;
}

/**
 * Looks at the generator before the target. What was seen is a note; that it decided a row, and so
 * made the run VOID, is found by judging with and without the seconds in which it was so. Missing file
 * descriptors, and all workers lost, make any run VOID.
 */
export function judgeGenerator(
  measurement: Measurement,
  config: ResolvedConfig,
  waits: ConnectionWaits,
): HealthCheck[] {
  const isOpenLoop = loopOf(config.load) === 'open';
  return [
    checkWorkers(measurement),
    ...(isOpenLoop ? [checkSendLag(measurement)] : []),
    checkLoopDelay(measurement),
    ...(isOpenLoop ? [] : [checkCpu(measurement)]),
    checkOpenFiles(measurement),
    checkCalibration(measurement),
    ...checkSteal(measurement),
    ...checkMachine(measurement),
    ...checkConnections(measurement, waits),
    ...checkOwnFailures(measurement),
  ];
}

/** How late P99 of the sends may be, in an open loop. @param responseP99Ms of the judged latency. */
export function sendLagLimitMs(responseP99Ms = 0): number {
  return Math.max(healthLimits.sendLagMs, healthLimits.sendLagShareOfP99 * responseP99Ms);
}

function checkWorkers({ generator, stopReason }: Measurement): HealthCheck {
  const lost = generator.lostWorkers.length;
  if (lost === 0 && stopReason !== 'workers_lost') {
    return { name: 'workers', status: 'ok', text: `all ${generator.workers} workers survived` };
  }
  const reasons = [...new Set(generator.lostWorkers.map(({ reason }) => reason))].join('; ');
  const text = `${lost} of ${generator.workers} generator workers were lost (${reasons}): their operations are missing`;
  return { name: 'workers', status: stopReason === 'workers_lost' ? 'void' : 'note', text };
}

/** The generator's own lateness: what an operation waited for a free connection is the target's time and not in it. */
function checkSendLag(measurement: Measurement): HealthCheck {
  const lag = mergeSeries(measurement.windows, ['send_lag']);
  const p99Ms = (lag?.getValueAtPercentile(99) ?? 0) / 1000;
  const limitMs = sendLagLimitMs(judgedLatencyOf(measurement)?.p99Ms);
  const seen = `operations were sent ${fixed(p99Ms)} ms late at P99 (limit ${fixed(limitMs)} ms)`;
  if (p99Ms <= limitMs) return { name: 'send_lag', status: 'ok', text: seen };
  return {
    name: 'send_lag',
    status: 'note',
    text: `${seen}: the generator did not keep its schedule; use more workers, a lower rate or another machine`,
  };
}

function checkLoopDelay({ generator }: Measurement): HealthCheck {
  const { samples } = generator;
  const late = samples.filter(
    ({ loopDelayP99Ms }) => loopDelayP99Ms > healthLimits.loopDelayMs,
  ).length;
  const chance = Math.max(1, Math.floor(healthLimits.loopDelaySecondsShare * samples.length));
  const worst = samples.reduce((most, sample) => Math.max(most, sample.loopDelayMaxMs), 0);
  const name = 'loop_delay';
  if (worst > healthLimits.stallMs) {
    const stalled = samples.filter(({ loopDelayMaxMs: ms }) => ms > healthLimits.stallMs).length;
    const text = `the generator stalled for up to ${fixed(worst)} ms, in ${stalled} of ${samples.length} seconds: part of the latency is its own`;
    return { name, status: 'note', text };
  }
  if (late <= chance) {
    return { name, status: 'ok', text: `event-loop delay at most ${fixed(worst)} ms` };
  }
  const text = `the generator's event loop was late by more than ${healthLimits.loopDelayMs} ms in ${late} of ${samples.length} seconds (worst ${fixed(worst)} ms): part of the latency is the generator's own`;
  return { name, status: 'note', text };
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
    text: `${seen}, all that it could: the throughput is the generator's limit, and the target may be able to do more`,
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
      status: 'void',
      text: `${seen}: connections failed on this side; raise ulimit -n or use fewer clients`,
    };
  }
  const isClose = needed > healthLimits.openFilesShare * limit;
  return {
    name: 'open_files',
    status: isClose ? 'note' : 'ok',
    text: isClose ? `${seen}: raise ulimit -n before adding clients` : seen,
  };
}

function checkCalibration({ generator }: Measurement): HealthCheck {
  const { beforeMs, afterMs } = generator.calibration;
  const ratio = beforeMs > 0 && afterMs > 0 ? afterMs / beforeMs : 1;
  const change = Math.max(ratio, 1 / ratio);
  const seen = `fixed work took ${fixed(beforeMs)} ms before and ${fixed(afterMs)} ms after the run`;
  if (change <= healthLimits.calibrationNoted) {
    return { name: 'calibration', status: 'ok', text: seen };
  }
  return {
    name: 'calibration',
    status: 'note',
    text: `${seen}: the machine was busy with something else for part of it, so compare its figures with care`,
  };
}

function checkSteal({ generator }: Measurement): HealthCheck[] {
  const shares = generator.samples.flatMap(({ machineSteal }) => machineSteal ?? []);
  if (shares.length === 0) return [];
  const worst = stealMostOf(generator.samples) ?? 0;
  const seen = `the hypervisor took ${percent(mean(shares))} of the machine's CPU, ${percent(worst)} in the worst second`;
  if (worst <= healthLimits.steal) return [{ name: 'steal', status: 'ok', text: seen }];
  return [
    { name: 'steal', status: 'note', text: `${seen}: other machines on the host slowed this run` },
  ];
}

/** The share of the CPU that the hypervisor took in the worst second; `undefined` where unknown. */
export function stealMostOf(samples: Measurement['generator']['samples']): number | undefined {
  return samples.reduce<number | undefined>((most, { machineSteal, machineStealMost }) => {
    const share = machineStealMost ?? machineSteal;
    return share === undefined ? most : Math.max(most ?? 0, share);
  }, undefined);
}

function checkMachine({ generator }: Measurement): HealthCheck[] {
  const shares = generator.samples.flatMap(({ machineOtherCpu }) => machineOtherCpu ?? []);
  if (shares.length === 0) return [];
  const seen = `${percent(mean(shares))} of the machine's CPU was used by neither the generator nor the target`;
  if (mean(shares) <= healthLimits.otherCpu) {
    return [{ name: 'machine', status: 'ok', text: seen }];
  }
  return [
    {
      name: 'machine',
      status: 'note',
      text: `${seen}: something else ran on this machine and slowed down what was measured`,
    },
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
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
