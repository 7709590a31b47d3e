/** Paths that belong to the server itself and to no protocol. They are mounts of their own. */
export const serverPaths = {
  /** The process lives. */
  alive: '/healthz',
  /** It should be sent requests. */
  ready: '/readyz',
  /** Its counters, for Prometheus. */
  metrics: '/metrics',
} as const;

/** A path without its query and without a slash at its end: what probes and scrapers append changes nothing. */
export function plainPathOf(url: string): string {
  const path = url.split('?', 1)[0]!;
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
