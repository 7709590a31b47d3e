/** Paths that belong to the server itself and to no protocol. They are mounts of their own. */
export const serverPaths = {
  /** The process lives. */
  alive: '/healthz',
  /** It should be sent requests. */
  ready: '/readyz',
  /** Its counters, for Prometheus. */
  metrics: '/metrics',
} as const;
