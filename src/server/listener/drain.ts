import type { Logger } from '../../core/index.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Listener } from './listener.ts';

/** How long a stopping process keeps serving. */
export interface DrainLimits {
  /** How long it goes on as before while its health checks fail, so that balancers turn away from it. */
  readonly drainDelayMs: number;
  /** After that: how long open connections are still served; each answer closes its own. */
  readonly drainWindowMs: number;
  /** Counted from the beginning: when whatever still runs is cut. */
  readonly drainDeadlineMs: number;
}

/**
 * Takes no new connection and waits until the last has ended. A connection that is idle now may have
 * its next request on the wire already, so idle ones are closed only when the window is over.
 */
export async function drain(
  listener: Listener,
  lifecycle: Lifecycle,
  limits: Omit<DrainLimits, 'drainDelayMs'>,
  logger: Logger,
): Promise<void> {
  lifecycle.draining = true;
  listener.stopAccepting();
  logger.info({ connections: listener.connectionsOpen(), ...limits }, 'draining');
  const sweepMs = 100;
  let sweep: NodeJS.Timeout | undefined;
  const windowEnd = setTimeout(() => {
    listener.closeIdle();
    // Connections that were busy become idle later on.
    sweep = setInterval(() => listener.closeIdle(), sweepMs);
  }, limits.drainWindowMs);
  const deadline = setTimeout(() => {
    logger.warn({ connections: listener.connectionsOpen() }, 'drain deadline: cutting connections');
    listener.closeAll();
  }, limits.drainDeadlineMs);
  await listener.drained();
  clearTimeout(windowEnd);
  clearTimeout(deadline);
  clearInterval(sweep);
}
