import type { Principal } from '../../cache/index.ts';

/**
 * What is done to entries. `admin` reaches beyond entries whose keys one knows: purging by namespace
 * and by age.
 */
export type Action = 'read' | 'write' | 'admin';

/** All namespaces of the server together. */
export const everyNamespace: unique symbol = Symbol('every namespace');
/** A namespace that is not known yet, since a body names it: whether there is one at all. */
export const someNamespace: unique symbol = Symbol('some namespace');

/** What a request touches. */
export interface Resource {
  readonly namespace: string | typeof everyNamespace | typeof someNamespace;
  readonly action: Action;
}

/** Who may do what, as listeners and protocols ask it. */
export interface Access {
  /**
   * Says who presents a credential, as an `Authorization` header has it.
   * @param connection anything that lives as long as the connection, to remember its last answer by.
   * @throws {CacheError} `unauthenticated`.
   */
  identify(authorization: string | undefined, connection: object): Principal;
  /** @throws {CacheError} `forbidden`, `read_only`. */
  permit(principal: Principal, resource: Resource): void;
}

/** The namespace of a {@link Caller} who may touch this. */
export function namespaceText(namespace: Resource['namespace']): string {
  return typeof namespace === 'string' ? namespace : '';
}
