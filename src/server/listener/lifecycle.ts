/** What a server process is doing: what its answers must know of it. */
export interface Lifecycle {
  /** From here on every answer closes its connection, and `/readyz` says no. */
  draining: boolean;
  /** Why `/readyz` says no beside that: writes fail, or the store is about to be looked at. */
  notReady?: string | undefined;
}
