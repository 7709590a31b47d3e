/** What bounds the sending of an answer. */
export interface SendLimits {
  /** Longest wait for a client that does not read. */
  readonly responseIdleTimeoutMs: number;
  /** What is read and thrown away of a body that the answer did not wait for. */
  readonly leftoverBytesMax: number;
  /** How long that may take. */
  readonly leftoverTimeoutMs: number;
}
