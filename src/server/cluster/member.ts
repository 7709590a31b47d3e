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
  killTimer?: NodeJS.Timeout;
}

/** Sends where there is still somebody to send to. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}

/** A worker that does not even keep its own deadline is stuck. */
const stuckAfterMs = 5000;

/** Tells a worker to end what it serves and go, and sees to it that it goes. */
export function dismiss(member: Member, drainDeadlineMs: number): void {
  const was = member.state;
  if (was === 'leaving' || was === 'dead') return;
  member.state = 'leaving';
  const { process } = member.worker;
  if (was === 'starting') {
    // It serves nobody yet, and may not even listen for messages.
    process.kill('SIGKILL');
    return;
  }
  send(member.worker, { type: 'drain' });
  member.killTimer = setTimeout(() => process.kill('SIGKILL'), drainDeadlineMs + stuckAfterMs);
}
