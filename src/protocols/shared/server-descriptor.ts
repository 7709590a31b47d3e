import type { Cache } from '../../cache/index.ts';
import type { ListenerScheme } from '../../core/index.ts';
import type { AnswerTable } from './answer-table.ts';
import type { EntryExample } from './entry-example.ts';
import type { EntryRules } from './entry-rules.ts';
import type { ReservedMounts } from './mounts.ts';
import type { StatsSource } from './server-stats.ts';
import type { Protocol } from './universal.ts';

/**
 * All that the server, its documentation and the conformance suite know of one protocol. Each folder
 * of a protocol has one in `descriptor.ts`; `server-protocols.ts` has the list of them.
 */
export type ServerDescriptor = HttpDescriptor | ListenerDescriptor;

interface CommonDescriptor {
  /** As the cache, its traces, the documentation and the load test call it. */
  readonly name: string;
  /**
   * First path segments that are its own, each with its slash. Bazel's protocols have none: their
   * entries lie below whatever is not reserved.
   */
  readonly mounts: readonly string[];
  /** What the namespaces of its entries begin with; `undefined`: they lie in Bazel's instances. */
  readonly namespace: string | undefined;
  /** Its page, below `docs/`. */
  readonly docsPage: string;
  /** How each failure is answered, as its page shows; `undefined`: the page has no table. */
  readonly answers: AnswerTable | undefined;
  /** Entries in each form that its clients use. The conformance suite stores and reads them. */
  readonly examples: readonly EntryExample[];
  /** Why the load test has no client of it; `undefined`: its folder has a `load-descriptor.ts`. */
  readonly noLoadClient?: string;
}

/** A protocol of the HTTP listener. */
export interface HttpDescriptor extends CommonDescriptor {
  readonly kind: 'http';
  /** Makes its handler, once per process. */
  create(parts: HttpParts): Protocol;
  /**
   * First path segments below which Bazel's entries lie as well, since its users know them as prefixes
   * of their own. A path of Bazel's form is Bazel's there. Default: none.
   */
  readonly sharedMounts?: readonly string[];
  /** How it wants its entries. Default: a store replaces, and a body is verified as it is sent. */
  readonly rules?: EntryRules;
}

/** A protocol with a listener of its own, which the server's `compose-listeners.ts` puts together. */
export interface ListenerDescriptor extends CommonDescriptor {
  readonly kind: 'listener';
  /** What the URLs that clients are given begin with. */
  readonly scheme: ListenerScheme;
}

/** What the server gives a protocol over HTTP; each takes what it needs. */
export interface HttpParts {
  readonly cache: Cache;
  /** Largest body stored, as the cache has it: a larger announced one is refused unread. */
  readonly blobBytesMax: number;
  readonly stats: StatsSource;
  /** Most keys of one request of the API. */
  readonly batchKeysMax: number;
  /** Largest body of a request of the API. */
  readonly batchBodyBytesMax: number;
  /** What Bazel's instances may not be called. */
  readonly reserved: ReservedMounts;
}
