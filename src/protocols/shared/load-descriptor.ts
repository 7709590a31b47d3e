import type { ListenerScheme } from '../../core/index.ts';
import type { ArtifactClient } from './load-client.ts';

/**
 * All that the load test knows of one protocol. Each folder of a protocol that it speaks has one in
 * `load-descriptor.ts`; `load-protocols.ts` has the list of them. They import nothing of the server.
 */
export interface LoadDescriptor<Name extends string = string> {
  /** As `--protocol` takes it. */
  readonly name: Name;
  /**
   * What the client needs of the transport, as the scheme of its target's URLs without TLS: exchanges
   * of HTTP/1, commands of Redis or calls of gRPC.
   */
  readonly scheme: LoadScheme;
  /** Loads its client, which a run of another protocol does not. */
  loadClient(): Promise<new (instance: string) => ArtifactClient>;
  /** Why the server has no protocol of this name; `undefined`: its folder has a `descriptor.ts`. */
  readonly noServer?: string;
}

export type LoadScheme = 'http' | ListenerScheme;
