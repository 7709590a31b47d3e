/** Who asks, and what they may do. */
export interface Principal {
  readonly name: string;
  /** `write` includes `read`, and everything else that can be asked of a server. */
  readonly scope: 'read' | 'write';
}

/** Who asks without a credential. */
export const nobody: Principal = { name: '', scope: 'read' };

/**
 * Who asks the cache, and by which way. Counting, recording and other decorators of the cache
 * depend on it. One object may serve any number of requests that have all of it in common.
 */
export interface Caller {
  readonly principal: Principal;
  /** The requested namespace; '' means the whole server. */
  readonly namespace: string;
  /** The protocol that was spoken: one of a small fixed set. */
  readonly protocol: string;
}
