import { messageOf, systemCodeOf } from '../../core/index.ts';
import type { StoreUsage } from '../../storage/index.ts';
import type { CollectedReports, CollectReports } from '../telemetry/collected-reports.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';
import type { Ports, ToPrimary, ToWorker } from './messages.ts';

/** A server in this process, made from the settings that the primary sent. */
export interface WorkerServer {
  /** @returns the ports that it got. */
  listen(ports: Ports): Promise<Ports>;
  report(): ProcessReport;
  /** What the store holds. */
  usage(): Promise<StoreUsage>;
  /** Serves to their end what runs and closes everything. */
  drain(): Promise<void>;
}

/** Sums asked of a dead worker are those of its last report: this often it reports unasked. */
const heartbeatMs = 1000;
const collectTimeoutMs = 3000;

/**
 * Runs a worker: waits for its settings, serves, reports when asked, and ends when told to or when
 * the primary is gone.
 */
export function runWorker(
  compose: (settings: unknown, collect: CollectReports) => Promise<WorkerServer>,
): void {
  const waiting = new Map<number, (reports: CollectedReports) => void>();
  let lastId = 0;
  let server: WorkerServer | undefined;
  let draining = false;

  const collect: CollectReports = () =>
    new Promise((resolve, reject) => {
      lastId += 1;
      const id = lastId;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error(`the primary process did not answer within ${collectTimeoutMs} ms`));
      }, collectTimeoutMs);
      waiting.set(id, (reports) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(reports);
      });
      void tell({ type: 'collect', id });
    });

  const start = async (settings: unknown, ports: Ports): Promise<void> => {
    try {
      server = await compose(settings, collect);
      void tell({ type: 'ready', ports: await server.listen(ports) });
      setInterval(() => void report(0), heartbeatMs).unref();
    } catch (error) {
      await tell({ type: 'failed', code: systemCodeOf(error), message: messageOf(error) });
      endAtOnce();
    }
  };
  const report = async (id: number): Promise<void> => {
    if (server !== undefined) await tell({ type: 'reported', id, report: server.report() });
  };
  const usage = async (id: number): Promise<void> => {
    const told = await server?.usage().catch(() => undefined);
    await tell({ type: 'used', id, usage: told });
  };
  const drain = async (): Promise<void> => {
    if (draining) return;
    draining = true;
    // While it starts there is nothing to end well.
    if (server === undefined) return endAtOnce();
    await server.drain();
    await report(0);
    process.exit(0);
  };

  process.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'configure':
        void start(message.settings, message.ports);
        return;
      case 'report':
        void report(message.id);
        return;
      case 'usage':
        void usage(message.id);
        return;
      case 'collected':
        waiting.get(message.id)?.(message.reports);
        return;
      case 'drain':
        void drain();
        return;
    }
  });
  // A terminal's Ctrl-C reaches every process of the group; what to do about it is the primary's to say.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.on('SIGTERM', () => void drain());
  // Before node:cluster's own listener, which would end the process in the ordinary way.
  process.prependListener('disconnect', endAtOnce);
  void tell({ type: 'hello' });
}

/**
 * Ends this process as kill -9 would, which the store is made for. The ordinary way waits for what the
 * index's library has under way, seconds long under load and now and then for ever.
 */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Resolves when the message is handed over, or there is nobody left to hand it to. */
function tell(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
