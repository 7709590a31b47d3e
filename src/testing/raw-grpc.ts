import { once } from 'node:events';
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { FrameReader, frameOf } from '../protocols/shared/grpc/index.ts';
import type { Cleanup } from './cleanup.ts';

/** A gRPC request as bytes, good or bad. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawAnswer {
  /** Of HTTP. */
  readonly status: number | undefined;
  readonly grpcStatus: number;
  readonly message: string;
  readonly trailers: IncomingHttpHeaders;
  readonly messages: readonly Uint8Array[];
}

/** A bare HTTP/2 connection, closed when the test ends. */
export async function connectRaw(
  t: Cleanup,
  address: string,
  options: http2.ClientSessionOptions = {},
): Promise<ClientHttp2Session> {
  const session = http2.connect(`http://${address}`, options);
  session.on('error', () => {});
  t.after(() => session.destroy());
  await once(session, 'connect');
  return session;
}

/** Begins a call. Its body goes out, its answer is not read. */
export function rawStream(
  session: ClientHttp2Session,
  request: RawRequest,
): http2.ClientHttp2Stream {
  const stream = session.request({
    ':method': request.method ?? 'POST',
    ':path': request.path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...request.headers,
  });
  stream.on('error', () => {});
  stream.end(request.body);
  return stream;
}

/** Makes a call and reads its answer. */
export async function rawCall(
  session: ClientHttp2Session,
  request: RawRequest,
): Promise<RawAnswer> {
  const stream = rawStream(session, request);
  let trailers: IncomingHttpHeaders = {};
  let status: number | undefined;
  stream.on('response', (headers) => {
    status = headers[':status'];
    if (headers['grpc-status'] !== undefined) trailers = headers;
  });
  stream.on('trailers', (headers) => {
    trailers = headers;
  });
  const reader = new FrameReader(64 * 2 ** 20);
  const messages: Uint8Array[] = [];
  stream.on('data', (piece: Buffer) => {
    for (const { message } of reader.push(piece)) messages.push(message);
  });
  await once(stream, 'close');
  return {
    status,
    trailers,
    messages,
    grpcStatus: Number(trailers['grpc-status']),
    message: String(trailers['grpc-message']),
  };
}

/** The frame of a message with the flag that says it is compressed. */
export function flagged(message: Buffer): Buffer {
  const frame = frameOf(message);
  frame[0] = 1;
  return frame;
}

/** A message's frame, compressed with gzip. Goes with the header {@link gzipEncoding}. */
export function gzipped(message: Uint8Array): Buffer {
  return flagged(gzipSync(message, { level: 1 }));
}

export const gzipEncoding = { 'grpc-encoding': 'gzip' };
