/** Who asks, and what they may do. */
export interface Principal {
  readonly name: string;
  /** `write` includes `read`, and everything else that can be asked of a server. */
  readonly scope: 'read' | 'write';
}

/** The principal of a request without a credential. */
export const nobody: Principal = { name: '', scope: 'read' };

/**
 * Who makes a request, and through which protocol. Counting, recording and other decorators of the
 * cache depend on it. Requests that agree in all of it may share one object.
 */
export interface Caller {
  readonly principal: Principal;
  /** The requested namespace; '' means the whole server. */
  readonly namespace: string;
  /** The protocol of the request: one of a small fixed set. */
  readonly protocol: string;
}
