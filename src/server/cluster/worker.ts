import type { StoreUsage } from '../../core/index.ts';
import { messageOf, systemCodeOf } from '../../core/index.ts';
import type { CollectedReports, CollectReports } from '../telemetry/collected-reports.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';
import type { DrainOrder, Ports, ToPrimary, ToWorker } from './messages.ts';
import { PendingReplies } from './pending-replies.ts';

/** A server in this process, made from the settings that the primary sent. */
export interface WorkerServer {
  /** @returns the ports that it got. */
  listen(ports: Ports): Promise<Ports>;
  report(): ProcessReport;
  /** What the store holds. */
  usage(): Promise<StoreUsage>;
  /** Serves to their end what runs and closes everything. */
  drain(order: DrainOrder): Promise<void>;
}

/** Sums asked of a dead worker are those of its last report: this often it reports unasked. */
const heartbeatMs = 1000;
const collectTimeoutMs = 3000;

/** Makes a worker's server from the settings that the primary sent. */
export type ComposeServer = (settings: unknown, collect: CollectReports) => Promise<WorkerServer>;

/**
 * Runs a worker: waits for its settings, serves, reports when asked, and ends when asked to or when
 * the primary has ended.
 * @param onFailure takes what nothing else caught; the worker lives on.
 */
export function runWorker(compose: ComposeServer, onFailure: (error: unknown) => void): void {
  const worker = new Worker(compose);
  process.on('message', (message: ToWorker) => worker.take(message));
  // A terminal's Ctrl-C reaches every process of the group; the primary decides what to do about
  // it.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  // Some supervisors send it to every process of the service.
  process.on('SIGTERM', () => worker.take({ type: 'drain', order: { kind: 'stopping' } }));
  // The last resort: an error thrown in an unguarded callback ends its own work, and leaves the
  // connections of everybody else alone.
  process.on('uncaughtException', (error) => onFailure(error));
  // Before node:cluster's own listener, which would end the process in the ordinary way.
  process.prependListener('disconnect', endAtOnce);
  void tell({ type: 'hello' });
}

/** Does what the primary asks of this process. */
class Worker {
  readonly #compose: ComposeServer;
  readonly #collected = new PendingReplies<CollectedReports>();
  #server: WorkerServer | undefined;
  #draining = false;

  constructor(compose: ComposeServer) {
    this.#compose = compose;
  }

  take(message: ToWorker): void {
    switch (message.type) {
      case 'configure':
        void this.#start(message.settings, message.ports);
        return;
      case 'report':
        void this.#report(message.id);
        return;
      case 'usage':
        void this.#usage(message.id);
        return;
      case 'collected':
        this.#collected.arrived(message.id, message.reports);
        return;
      case 'drain':
        void this.#drain(message.order);
        return;
    }
  }

  async #start(settings: unknown, ports: Ports): Promise<void> {
    try {
      this.#server = await this.#compose(settings, () => this.#collect());
      void tell({ type: 'ready', ports: await this.#server.listen(ports) });
      setInterval(() => void this.#report(0), heartbeatMs).unref();
    } catch (error) {
      await tell({ type: 'failed', code: systemCodeOf(error), message: messageOf(error) });
      endAtOnce();
    }
  }

  async #collect(): Promise<CollectedReports> {
    const ask = (id: number): void => void tell({ type: 'collect', id });
    const reports = await this.#collected.ask(ask, collectTimeoutMs);
    if (reports === undefined) {
      throw new Error(`the primary process did not answer within ${collectTimeoutMs} ms`);
    }
    return reports;
  }

  async #report(id: number): Promise<void> {
    const report = this.#server?.report();
    if (report !== undefined) await tell({ type: 'reported', id, report });
  }

  async #usage(id: number): Promise<void> {
    const usage = await this.#server?.usage().catch(() => undefined);
    await tell({ type: 'used', id, usage });
  }

  async #drain(order: DrainOrder): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    // While it starts there is nothing to shut down.
    if (this.#server === undefined) return endAtOnce();
    await this.#server.drain(order);
    await this.#report(0);
    process.exit(0);
  }
}

/**
 * Ends this process as kill -9 would, which the store is made for. The ordinary way waits for what the
 * index's library has under way, seconds long under load and now and then forever.
 */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Resolves when the message is handed over, or the primary has ended. */
function tell(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
