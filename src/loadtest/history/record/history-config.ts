import type { EndpointConfig } from '../../transport/shared/endpoint.ts';
import type { KeySpace } from '../values/planned-key.ts';
import type { InjectedFault } from './inject-faults.ts';

/** What a history is recorded of. */
export interface HistoryConfig {
  readonly system: /** Servers that are there; nothing is done to them. All of them serve one cache. */
  { readonly kind: 'targets'; readonly endpoints: readonly EndpointConfig[] } | OwnServers;
  readonly clients: number;
  readonly keys: number;
  readonly spaces: readonly KeySpace[];
  /** Ordered: smaller numbers of the list are written more often. Each at least `valueBytesMin`. */
  readonly sizesBytes: readonly number[];
  readonly durationMs: number;
  /** How long one operation may take. */
  readonly timeoutMs: number;
  readonly seed: number;
}

/** Servers that the run starts, harms and stops. */
export interface OwnServers {
  readonly kind: 'own';
  readonly nodes: number;
  /** What makes all nodes serve one store; none for one server over its directory. */
  readonly shared: SharedStoreConfig | undefined;
  readonly faults: readonly InjectedFault[];
  /** Further arguments to `memobuild serve`. */
  readonly serveArgs: readonly string[];
  readonly program?: string | undefined;
}

/** Where nodes keep entries together. */
export interface SharedStoreConfig {
  readonly redis: string;
  readonly s3?: { readonly url: string; readonly bucket: string } | undefined;
}
