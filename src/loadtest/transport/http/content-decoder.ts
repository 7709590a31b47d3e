import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { formatSize, messageOf } from '../../../core/index.ts';
import { type BodySink, OperationFailure } from '../../../protocols/shared/load-client.ts';
import { artifactBytesMax } from '../shared/largest-artifact.ts';

/**
 * Takes a content coding (RFC 9110, 8.4.1) off a body while it passes, so that it is compared as what
 * was stored. Decoded pieces are small however many bytes a few stand for, all of them together have
 * a bound, and what waits for the decoder is bounded by whoever stops sending while {@link isBehind}.
 */
export class ContentDecoder {
  readonly #coding: string;
  readonly #sink: BodySink;
  readonly #status: number;
  readonly #onFailure: (error: unknown) => void;
  readonly #decodedBytesMax: number;
  #stream: Transform | undefined;
  #decodedBytes = 0;

  /**
   * @param onFailure called at most once, with an {@link OperationFailure} where the bytes are not
   * what the coding says, or more than `decodedBytesMax` when decoded, and with whatever the sink
   * throws.
   * @throws {OperationFailure} `protocol` for a coding that is not known here.
   */
  constructor(
    coding: string,
    body: { readonly status: number; readonly sink: BodySink },
    onFailure: (error: unknown) => void,
    decodedBytesMax = artifactBytesMax,
  ) {
    if (!decodedCodings.has(coding)) {
      throw new OperationFailure(
        'protocol',
        `the answer's content is encoded (Content-Encoding: ${coding}), which was not requested and cannot be decoded here`,
      );
    }
    this.#coding = coding;
    this.#sink = body.sink;
    this.#status = body.status;
    this.#onFailure = onFailure;
    this.#decodedBytesMax = decodedBytesMax;
  }

  /** Whether more waits to be decoded than should. */
  get isBehind(): boolean {
    return this.#stream?.writableNeedDrain === true;
  }

  /** Takes the next bytes, whose memory may be used again. */
  write(bytes: Buffer): void {
    this.#stream ??= this.#open(bytes[0]!);
    this.#stream.write(Buffer.from(bytes));
  }

  /** Resolves when no more waits than should; never after a failure. */
  async caughtUp(): Promise<void> {
    if (this.isBehind) await once(this.#stream!, 'drain');
  }

  /** No more bytes come: calls `onEnd` when all were decoded. */
  end(onEnd: () => void): void {
    // Content of no bytes at all is what it says, whatever its coding.
    if (this.#stream === undefined) onEnd();
    else this.#stream.once('end', onEnd).end();
  }

  /** Gives up: nothing is called any more. */
  close(): void {
    this.#stream
      ?.removeAllListeners()
      .on('error', () => {})
      .destroy();
  }

  #tooLarge(): OperationFailure {
    const most = formatSize(this.#decodedBytesMax);
    return new OperationFailure(
      'protocol',
      `the answer's content (Content-Encoding: ${this.#coding}) decodes to more than the largest artifact, ${most}`,
    );
  }

  #open(firstByte: number): Transform {
    const stream = decoderOf(this.#coding, firstByte);
    const fail = (error: unknown): void => {
      this.close();
      this.#onFailure(error);
    };
    stream.on('data', (chunk: Buffer) => {
      this.#decodedBytes += chunk.length;
      try {
        if (this.#decodedBytes > this.#decodedBytesMax) throw this.#tooLarge();
        this.#sink(chunk, this.#status);
      } catch (error) {
        fail(error);
      }
    });
    stream.on('error', (error) => {
      const message = `the answer's content (Content-Encoding: ${this.#coding}) cannot be decoded: ${messageOf(error)}`;
      fail(new OperationFailure('protocol', message, { cause: error }));
    });
    return stream;
  }
}

/** What Node 20 decodes; zstd is not among it. */
const decodedCodings: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br']);

/** `deflate` is zlib's format; some servers send what lies in it, which never begins with its first byte. */
function decoderOf(coding: string, firstByte: number): Transform {
  if (coding === 'br') return createBrotliDecompress();
  if (coding !== 'deflate') return createGunzip();
  return (firstByte & 0x0f) === zlibMethod ? createInflate() : createInflateRaw();
}

/** RFC 1950, 2.2: the method `deflate`. */
const zlibMethod = 8;
