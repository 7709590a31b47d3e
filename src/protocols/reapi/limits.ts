/** What bounds the work and the memory of one call. */
export interface ReapiLimits {
  /** Largest blob stored, as the cache has it; announced to clients. */
  readonly blobBytesMax: number;
  /** Sum of the blobs of one batch call; announced to clients. */
  readonly batchBytesMax: number;
  /** How much content an action result is given inline, all its parts together. */
  readonly inlineBytesMax: number;
  /** Largest piece of a blob in one message of a stream. */
  readonly pieceBytesMax: number;
  /** Directories that one GetTree walks through. */
  readonly treeDirectoriesMax: number;
  /** Digests that are looked up in one go, before others have their turn. */
  readonly digestsPerTurn: number;
  /** Blobs of one batch that are read or written at the same time. */
  readonly batchConcurrency: number;
  /** An upload that broke off after fewer bytes than this begins anew. */
  readonly resumableBytesMin: number;
  /** How long an upload that broke off waits for its client to go on. */
  readonly resumeWithinMs: number;
  /** Uploads that wait for their client, at most. */
  readonly brokenUploadsMax: number;
}

/** gRPC clients take messages of 4 MiB unless told otherwise: what we send stays below. */
export const defaultReapiLimits: ReapiLimits = {
  blobBytesMax: 16 * 2 ** 30,
  batchBytesMax: 4 * 2 ** 20 - 256 * 1024,
  inlineBytesMax: 3 * 2 ** 20,
  pieceBytesMax: 2 ** 20,
  treeDirectoriesMax: 100_000,
  digestsPerTurn: 16_384,
  batchConcurrency: 16,
  resumableBytesMin: 2 ** 20,
  resumeWithinMs: 15_000,
  brokenUploadsMax: 64,
};

/** Longest message that is taken: action results may be larger than gRPC's usual 4 MiB. */
export const grpcMessageBytesMax: number = 16 * 2 ** 20;
