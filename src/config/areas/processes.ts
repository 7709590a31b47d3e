import { duration, integer, type SettingsOf } from '../../core/settings/index.ts';

/** The worker processes, and how they end. */
export interface ProcessesConfig {
  /** 0 = one per core available. */
  readonly workers: number;
  readonly drainDelayMs: number;
  readonly drainWindowMs: number;
  readonly drainDeadlineMs: number;
  readonly restartDelayMsMax: number;
  readonly workerTimeoutMs: number;
}

export const defaultWorkers = 0;
/** Without a load balancer there is nobody to wait for. */
export const defaultDrainDelayMs = 0;
export const defaultDrainWindowMs = 5000;
/** Below the 30 s after which Kubernetes kills. */
export const defaultDrainDeadlineMs = 25_000;
export const defaultRestartDelayMsMax = 5000;
export const defaultWorkerTimeoutMs = 30_000;

export const processesSettings: SettingsOf<ProcessesConfig> = {
  workers: {
    name: 'workers',
    ...integer(0, 256),
    defaultValue: defaultWorkers,
    about: 'worker processes; 0 = one per core',
    flag: '--workers <n>',
    needsRestart: true,
  },
  drainDelayMs: {
    name: 'drainDelay',
    ...duration(),
    defaultValue: defaultDrainDelayMs,
    about:
      'on SIGTERM, how long new connections are still taken while health checks fail; behind a load balancer, longer than it takes to notice',
    flag: '--drain-delay <time>',
  },
  drainWindowMs: {
    name: 'drainWindow',
    ...duration(),
    defaultValue: defaultDrainWindowMs,
    about: 'after that, how long open connections are still served',
    flag: '--drain-window <time>',
  },
  drainDeadlineMs: {
    name: 'drainDeadline',
    ...duration(),
    defaultValue: defaultDrainDeadlineMs,
    about: 'on SIGTERM, when remaining requests are cut off',
    flag: '--drain-deadline <time>',
  },
  restartDelayMsMax: {
    name: 'restartDelay',
    ...duration(),
    defaultValue: defaultRestartDelayMsMax,
    about:
      'longest delay before a worker that keeps dying is replaced; the first is replaced without delay',
  },
  workerTimeoutMs: {
    name: 'workerTimeout',
    // Workers report once per second.
    ...duration(2000),
    defaultValue: defaultWorkerTimeoutMs,
    about: 'a worker that hangs for this long is killed and replaced',
    needsRestart: true,
  },
};
