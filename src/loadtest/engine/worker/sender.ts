import type { SendingTime } from '../../metrics/sending-time.ts';

/** What ends the sending of operations. */
export interface SendLimits {
  /** Local clock; set when the run begins. */
  endMs: number;
  /** Set when the run begins; ends when the first client has nothing more to send. */
  sending?: SendingTime;
  /** Operations each client may begin; 0 = no cap. */
  readonly requestsPerClient: number;
  /** Set from outside to stop sending. */
  stopped: boolean;
  /** Set when all that may be stored was stored; then `stopped` is set too. */
  isStoreFull: boolean;
}

/** Sends a worker's operations through its clients: a closed loop or an open one. */
export interface Sender {
  /** Sends until the limits end it. Resolves when all that was sent has ended. */
  run(): Promise<void>;
  /** Takes out what was due and not sent yet: when each was due, local clock. */
  takeWaiting(): number[];
  /** Releases the timers for operations that are due. */
  close(): void;
}
