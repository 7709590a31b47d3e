import type { StoreUsage } from '../../core/index.ts';
import type { CollectedReports } from '../telemetry/collected-reports.ts';
import type { ProcessReport } from '../telemetry/process-report.ts';

/** Messages from the primary to a worker. */
export type ToWorker =
  /** The answer to `hello`: what to run. `settings` is opaque to the primary. */
  | { readonly type: 'configure'; readonly settings: unknown; readonly ports: Ports }
  /** Report yourself. */
  | { readonly type: 'report'; readonly id: number }
  /** Say what the store holds. */
  | { readonly type: 'usage'; readonly id: number }
  /** The answer to `collect`. */
  | { readonly type: 'collected'; readonly id: number; readonly reports: CollectedReports }
  /** Take no new connections, end what runs, go. */
  | { readonly type: 'drain'; readonly order: DrainOrder };

/** Why a worker is to go, which decides what health checks answer meanwhile, and how long it may take. */
export type DrainOrder =
  /** The whole server stops. Health checks fail from here on, new connections are taken for a while. */
  | { readonly kind: 'stopping' }
  /** Other workers have taken over its port: the server remains ready. */
  | { readonly kind: 'replaced' }
  /** The store is to be looked at: within a deadline of its own. */
  | {
      readonly kind: 'suspended';
      /** What `/readyz` says meanwhile. */
      readonly reason: string;
      readonly deadlineMs: number;
    };

/** Messages from a worker to the primary. */
export type ToPrimary =
  /** It listens for messages from here on; earlier ones could be lost. */
  | { readonly type: 'hello' }
  | { readonly type: 'ready'; readonly ports: Ports }
  /** It cannot start; it ends after this. */
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string }
  /** Itself: asked for, on a timer, and last of all when it goes. */
  | { readonly type: 'reported'; readonly id: number; readonly report: ProcessReport }
  /** What the store holds; `undefined` where it does not say. */
  | { readonly type: 'used'; readonly id: number; readonly usage: StoreUsage | undefined }
  /** Asks for the reports of all processes. */
  | { readonly type: 'collect'; readonly id: number };

/** The ports that a worker asks for or listens on. */
export interface Ports {
  readonly port: number;
  readonly otherPorts: OtherPorts;
}

/**
 * Ports besides the first, by URL scheme: `redis`. A worker asks for the port in its settings where
 * none is named here.
 */
export type OtherPorts = Readonly<Record<string, number>>;
