/** What a server process is doing: what its answers must know of it. */
export interface Lifecycle {
  /** From here on every answer closes its connection. */
  draining: boolean;
  /** Why the server is about to end. From here on health checks fail. */
  stopping?: string | undefined;
  /** Why writes fail. While they do, health checks fail. */
  writesFail?: string | undefined;
}
