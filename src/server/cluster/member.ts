import type { Worker } from 'node:cluster';
import type { ProcessReport } from '../telemetry/index.ts';
import type { ToWorker } from './messages.ts';

/** A worker process as the primary knows it. */
export interface Member {
  readonly worker: Worker;
  state: 'starting' | 'serving' | 'leaving' | 'dead';
  readonly startedMs: number;
  readonly settings: unknown;
  /** The port it is to ask for. */
  readonly port: number;
  /** The last it told of itself. */
  report: ProcessReport | undefined;
  readonly onReady: () => void;
  killTimer?: NodeJS.Timeout;
}

/** Sends where there is still somebody to send to. */
export function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}
