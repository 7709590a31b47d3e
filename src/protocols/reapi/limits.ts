/** What bounds the work and the memory of one call. */
export interface ReapiLimits {
  /** Largest blob stored, as the cache has it; announced to clients. */
  readonly blobBytesMax: number;
  /** Sum of the blobs of one batch call; announced to clients. */
  readonly batchBytesMax: number;
  /** How much content an action result is given inline, all its parts together. */
  readonly inlineBytesMax: number;
  /** What a result with its inlined contents is taken for until it is known. */
  readonly resultBytesUsual: number;
  /** Largest piece of a blob in one message of a stream. */
  readonly pieceBytesMax: number;
  /** What a store hands over at a time of a large blob. */
  readonly chunkBytesUsual: number;
  /** Longest answer of one call that puts several blobs together. */
  readonly answerBytesMax: number;
  /** Digests of one FindMissingBlobs. */
  readonly digestsMax: number;
  /** Blobs of one BatchReadBlobs or BatchUpdateBlobs. */
  readonly batchBlobsMax: number;
  /** Directories that one GetTree walks through. */
  readonly treeDirectoriesMax: number;
  /** Digests that are looked up in one go, before others have their turn. */
  readonly digestsPerTurn: number;
  /** The same for blobs that are read or written. */
  readonly blobsPerTurn: number;
  /** Blobs of one batch that are read or written at the same time. */
  readonly batchConcurrency: number;
  /** An upload that broke off after fewer bytes than this begins again. */
  readonly resumableBytesMin: number;
  /** How long an upload that broke off waits for its client to go on. */
  readonly resumeWithinMs: number;
  /** Uploads that wait for their client, at most. */
  readonly brokenUploadsMax: number;
}

/** gRPC clients accept messages of 4 MiB by default: what we send stays below. */
export const defaultReapiLimits: ReapiLimits = {
  blobBytesMax: 16 * 2 ** 30,
  batchBytesMax: 4 * 2 ** 20 - 256 * 1024,
  inlineBytesMax: 3 * 2 ** 20,
  resultBytesUsual: 256 * 1024,
  pieceBytesMax: 2 ** 20,
  chunkBytesUsual: 256 * 1024,
  answerBytesMax: 4 * 2 ** 20,
  digestsMax: 60_000,
  batchBlobsMax: 10_000,
  treeDirectoriesMax: 100_000,
  digestsPerTurn: 8192,
  blobsPerTurn: 64,
  batchConcurrency: 16,
  resumableBytesMin: 2 ** 20,
  resumeWithinMs: 15_000,
  brokenUploadsMax: 64,
};

/** Longest message that any method takes: action results may be larger than gRPC's usual 4 MiB. */
export const grpcMessageBytesMax: number = 16 * 2 ** 20;
/** Longest message of a method that has no reason for another bound: gRPC's usual one. */
export const requestBytesMax: number = 4 * 2 ** 20;
/** Longest message of a method that needs no credential. */
export const openRequestBytesMax: number = 4 * 1024;
/** Longest message that holds a name or two. */
export const nameRequestBytesMax: number = 16 * 1024;
/** Longest BatchUpdateBlobs: the blobs of a batch, and what names them. */
export const batchUpdateBytesMax: number = 8 * 2 ** 20;
