import type { ServerHttp2Stream } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CacheError, systemCodeOf } from '../../core/index.ts';
import { GrpcFailure, grpcCodes } from '../../protocols/reapi/index.ts';
import { type Frame, FrameReader } from '../../protocols/shared/grpc/index.ts';
import { type BodyLimits, readBody } from '../listener/request-body.ts';

/** What bounds the messages of a call. */
export interface MessageLimits extends BodyLimits {
  /** Longest message, as it comes and decompressed. */
  readonly messageBytesMax: number;
  /** Whether compressed messages are taken. */
  readonly takesCompressed: boolean;
  /** Called with the bytes that are held of a message; may throw. */
  readonly onHeld: (bytes: number) => void;
}

/** Messages that may follow one another before others have their turn of the event loop. */
const messagesPerTurn = 256;

/**
 * The messages of a call's stream, read no faster than they are consumed.
 * @throws {CacheError} `aborted`, `timeout`, `bad_request`.
 * @throws {GrpcFailure} RESOURCE_EXHAUSTED for a message that is too long, UNIMPLEMENTED.
 */
export async function* readMessages(
  stream: ServerHttp2Stream,
  encoding: string,
  limits: MessageLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new FrameReader(limits.messageBytesMax, limits.onHeld);
  let messages = 0;
  for await (const piece of readBody(stream, limits)) {
    for (const frame of framesOf(reader, asBuffer(piece))) {
      messages += 1;
      if (messages % messagesPerTurn === 0) await nextTurn();
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
  limits: MessageLimits,
): Promise<Uint8Array> {
  const frame = await readFrame(stream, limits);
  return frame.isCompressed ? await decompress(frame, encoding, limits) : frame.message;
}

function readFrame(stream: ServerHttp2Stream, limits: MessageLimits): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(limits.messageBytesMax, limits.onHeld);
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
        for (const frame of framesOf(reader, piece)) {
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

/** What is too long is answered as gRPC's own libraries do it. @throws {GrpcFailure} RESOURCE_EXHAUSTED. */
function* framesOf(reader: FrameReader, piece: Buffer): Generator<Frame, void, undefined> {
  try {
    yield* reader.push(piece);
  } catch (error) {
    if (!(error instanceof CacheError) || error.code !== 'too_large') throw error;
    throw tooLong(error.message);
  }
}

function tooLong(message: string): GrpcFailure {
  return new GrpcFailure(grpcCodes.resourceExhausted, 'too_large', message);
}

async function decompress(
  { message }: Frame,
  encoding: string,
  { messageBytesMax, takesCompressed, onHeld }: MessageLimits,
): Promise<Uint8Array> {
  if (!takesCompressed) {
    throw new GrpcFailure(
      grpcCodes.unimplemented,
      'unimplemented',
      'without a credential this method accepts no compressed message',
    );
  }
  if (encoding !== 'gzip') {
    throw new GrpcFailure(
      grpcCodes.unimplemented,
      'unimplemented',
      `grpc-encoding must be identity or gzip, got ${encoding.slice(0, 50)}`,
    );
  }
  try {
    const decompressed = await gunzipPromise(message, { maxOutputLength: messageBytesMax });
    onHeld(message.byteLength + decompressed.byteLength);
    return decompressed;
  } catch (error) {
    if (error instanceof CacheError) throw error;
    if (systemCodeOf(error) === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLong(`a message may have at most ${messageBytesMax} bytes, this one has more`);
    }
    throw new CacheError('bad_request', 'a message is not gzip data', { cause: error });
  }
}

const gunzipPromise = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

function asBuffer(piece: Uint8Array): Buffer {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}
