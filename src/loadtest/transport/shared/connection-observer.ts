/** Learns the timing and the reconnects of a connection. Times are ms. */
export interface ConnectionObserver {
  /** It was made, TLS handshake and AUTH included. */
  connected(tookMs: number): void;
  /** An answer is whole. Its first byte came `firstByteMs` after the send, its last one `transferMs` later. */
  answered(firstByteMs: number, transferMs: number): void;
  /** A kept connection had been closed when a request was sent on it: it is sent again on another. */
  wasStale(): void;
}

/** Ignores everything. */
export const unobserved: ConnectionObserver = {
  connected: () => {},
  answered: () => {},
  wasStale: () => {},
};
