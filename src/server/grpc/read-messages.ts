import type { ServerHttp2Stream } from 'node:http2';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CacheError } from '../../core/index.ts';
import { GrpcFailure, grpcCodes } from '../../protocols/reapi/index.ts';
import { type Frame, FrameReader } from '../../protocols/shared/grpc/index.ts';
import { readBody } from '../listener/request-body.ts';
import type { GrpcCallLimits } from './grpc-call.ts';

/**
 * The messages of a call's stream, read no faster than they are consumed.
 * @throws {CacheError} `aborted`, `timeout`, `bad_request`, `too_large`.
 */
export async function* readMessages(
  stream: ServerHttp2Stream,
  encoding: string,
  limits: GrpcCallLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new FrameReader(limits.messageBytesMax);
  for await (const piece of readBody(stream, limits)) {
    for (const frame of reader.push(asBuffer(piece))) {
      yield frame.isCompressed ? await decompress(frame, encoding, limits) : frame.message;
    }
  }
  if (!reader.isBetweenMessages) {
    throw new CacheError('bad_request', 'the stream ended in the middle of a message');
  }
}

/**
 * The one message of a call that has one. Quicker than {@link readMessages}, since most calls are
 * this.
 * @throws {CacheError} as {@link readMessages}.
 */
export async function readMessage(
  stream: ServerHttp2Stream,
  encoding: string,
  limits: GrpcCallLimits,
): Promise<Uint8Array> {
  const frame = await readFrame(stream, limits);
  return frame.isCompressed ? await decompress(frame, encoding, limits) : frame.message;
}

function readFrame(stream: ServerHttp2Stream, limits: GrpcCallLimits): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(limits.messageBytesMax);
    let found: Frame | undefined;
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      stream.off('data', onData);
      stream.off('end', onEnd);
      stream.off('close', onClose);
      act();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const onData = (piece: Buffer): void => {
      try {
        for (const frame of reader.push(piece)) {
          if (found !== undefined) throw oneMessage('more');
          found = frame;
        }
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = (): void => {
      const frame = found;
      if (frame === undefined || !reader.isBetweenMessages) fail(oneMessage('less'));
      else settle(() => resolve(frame));
    };
    const onClose = (): void => fail(new CacheError('aborted', 'the client went away'));
    const timer = setTimeout(
      () => fail(new CacheError('timeout', `the message did not arrive in time`)),
      limits.bodyIdleTimeoutMs,
    );
    stream.on('data', onData);
    stream.on('end', onEnd);
    stream.on('close', onClose);
  });
}

function oneMessage(came: string): CacheError {
  return new CacheError('bad_request', `this method expects one message, got ${came}`);
}

async function decompress(
  { message }: Frame,
  encoding: string,
  { messageBytesMax }: GrpcCallLimits,
): Promise<Uint8Array> {
  if (encoding !== 'gzip') {
    throw new GrpcFailure(
      grpcCodes.unimplemented,
      'unimplemented',
      `grpc-encoding must be identity or gzip, got ${encoding.slice(0, 50)}`,
    );
  }
  try {
    return await gunzipPromise(message, { maxOutputLength: messageBytesMax });
  } catch (error) {
    throw new CacheError('bad_request', 'a message is not gzip data, or is too large', {
      cause: error,
    });
  }
}

const gunzipPromise = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

function asBuffer(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
