/**
 * How the load test speaks to a cache: a protocol's client turns "look this artifact up" and "store
 * it" into exchanges, over a transport that the load test provides. No Node types beyond Buffer.
 */

/** The ways in which an operation fails. */
export const failureKinds = [
  'timeout',
  'refused',
  'reset',
  'http_4xx',
  'http_5xx',
  'integrity',
  'lost',
  'dropped',
  'protocol',
  /** The machine of the load generator had no port or no open file left: never the target's doing. */
  'generator',
] as const;

/** How a request ended when no answer came that the protocol knows. */
export type FailureKind = (typeof failureKinds)[number];

/** An exchange failed, and with it the operation: throw one to have it counted as `kind`. */
export class OperationFailure extends Error {
  override readonly name = 'OperationFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Made bytes that can be sent in pieces and compared as they come back, without being held. */
export interface Payload {
  readonly sizeBytes: number;
  /** Lower-case hex SHA-256 of the bytes. Computed at the first call, then kept. */
  sha256(): string;
  /** The bytes from `offsetBytes` on: as many as lie in one piece, at most 64 KiB. Empty at the end. */
  piece(offsetBytes: number): Buffer;
  /** Whether `chunk` holds the bytes expected at `offsetBytes`. */
  matches(chunk: Buffer, offsetBytes: number): boolean;
}

/** A build step's result: 64 hex characters that name its inputs, and its bytes. */
export interface Artifact {
  readonly key: string;
  readonly payload: Payload;
}

/** One request of a custom scenario. Host, credentials and framing are added to it. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Absolute path with query, already encoded. */
  readonly path: string;
  readonly contentType?: string;
  /** Further headers that the protocol's clients send: whole lines, each with its CRLF. */
  readonly headerLines?: string;
  readonly body?: Payload;
}

/**
 * Takes an answer's body as it comes; may throw an {@link OperationFailure}, which ends the exchange
 * and its connection. The chunk's memory is written again once the call is over.
 */
export type BodySink = (chunk: Buffer, status: number) => void;

/** Good until the next exchange on the same connection. */
export interface HttpReply {
  readonly status: number;
  /** Bytes of the body after transfer decoding. */
  readonly bodyBytes: number;
  /** A header's value by lower-case name. */
  header(name: string): string | undefined;
}

/**
 * One client's connection: one exchange at a time, reopened where needed.
 * @throws {OperationFailure} `timeout`, `refused`, `reset`, `protocol`; never for a status.
 */
export interface HttpExchange {
  exchange(request: HttpRequest, onBody?: BodySink): Promise<HttpReply>;
}

/** What one protocol makes of a lookup and a store. Stateless: one instance serves all clients of a worker. */
export interface ArtifactClient {
  /** Whether a store needs the payload's SHA-256: then it is computed as part of the build, not of the store. */
  readonly storesByDigest: boolean;
  /** Whether a key that has an entry takes no other. Default false. */
  readonly storesOnce?: boolean;
  /**
   * Looks an artifact up; found, reads it to its last byte and compares it.
   * @throws {OperationFailure} also `http_4xx`, `http_5xx`, `integrity`.
   */
  lookup(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'>;
  /**
   * Asks whether an artifact is there, without its bytes; absent where the protocol has no such
   * question. @throws {OperationFailure} as a lookup.
   */
  exists?(http: HttpExchange, artifact: Artifact): Promise<'hit' | 'miss'>;
  /** Stores an artifact; resolves when the cache acknowledged it. */
  store(http: HttpExchange, artifact: Artifact): Promise<void>;
  /** Removes an artifact; absent where the protocol has no way to. */
  remove?(http: HttpExchange, artifact: Artifact): Promise<void>;
}
