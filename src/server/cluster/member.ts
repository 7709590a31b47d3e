import type { Worker } from 'node:cluster';
import type { ProcessReport } from '../telemetry/process-report.ts';
import type { ToWorker } from './messages.ts';

/** A worker process as the primary knows it. */
export interface Member {
  readonly worker: Worker;
  state: 'starting' | 'serving' | 'leaving' | 'dead';
  readonly startedMs: number;
  readonly settings: unknown;
  /** Its last report. */
  report: ProcessReport | undefined;
  readonly onReady: () => void;
  /** When it last sent a message, by `performance.now()`. */
  heardMs: number;
  /** How long it may send none in its state; `undefined`: without limit. */
  readonly silenceMsMax: number | undefined;
  /** Whether it has its settings, or waits for them. */
  isConfigured: boolean;
  /** Whether it was ended so that the store can be checked, and is replaced after that. */
  isSuspended: boolean;
  killTimer?: NodeJS.Timeout;
}

/** How long workers may take to serve, and to say that they live. */
export interface Patience {
  readonly startMsMax: number;
  readonly silenceMsMax: number;
}

/** Makes the member of a worker that was just forked. */
export function startingMember(
  worker: Worker,
  settings: unknown,
  onReady: () => void,
  patience: Patience,
): Member {
  const nowMs = performance.now();
  return {
    worker,
    state: 'starting',
    startedMs: nowMs,
    settings,
    report: undefined,
    onReady,
    heardMs: nowMs,
    isConfigured: false,
    isSuspended: false,
    get silenceMsMax() {
      if (this.state === 'serving') return patience.silenceMsMax;
      // One that waits for the store waits for this process.
      return this.state === 'starting' && this.isConfigured ? patience.startMsMax : undefined;
    },
  };
}

/** A worker that has ended, or could not be started. */
export interface Departed {
  /** Its exit code, the signal that ended it, or why it could not be started. */
  readonly how: number | string;
  readonly was: 'starting' | 'serving';
  readonly pid?: number | undefined;
  readonly startedMs?: number;
  readonly onReady: () => void;
}

/** Sends where there is still somebody to send to. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}

/** A worker that does not even keep its own deadline is stuck. */
const stuckAfterMs = 5000;

/** Asks a worker to finish what it serves and exit, and makes sure that it exits. */
export function dismiss(
  member: Member,
  kind: 'stopping' | 'replaced',
  drainDeadlineMs: number,
): void {
  const was = member.state;
  if (was === 'leaving' || was === 'dead') return;
  member.state = 'leaving';
  const { process } = member.worker;
  if (was === 'starting') {
    // It does not serve yet, and may not even listen for messages.
    process.kill('SIGKILL');
    return;
  }
  send(member.worker, { type: 'drain', order: { kind } });
  member.killTimer = setTimeout(() => process.kill('SIGKILL'), drainDeadlineMs + stuckAfterMs);
}

/**
 * Ends a worker soon, so that the store can be checked: requests under way may end, no new ones
 * begin.
 */
export function suspend(member: Member, reason: string): void {
  if (member.state === 'leaving' || member.state === 'dead') return;
  member.isSuspended = true;
  const { process } = member.worker;
  if (member.state === 'starting') {
    process.kill('SIGKILL');
    return;
  }
  const order = { kind: 'suspended', reason, deadlineMs: suspendDeadlineMs } as const;
  send(member.worker, { type: 'drain', order });
  member.killTimer = setTimeout(() => process.kill('SIGKILL'), 2 * suspendDeadlineMs);
}

const suspendDeadlineMs = 1_000;
