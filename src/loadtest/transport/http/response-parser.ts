import {
  type BodySink,
  type HttpReply,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';
import { ChunkedBody } from './chunked-body.ts';
import { ContentDecoder } from './content-decoder.ts';
import { parseHead, type ResponseHead } from './response-head.ts';

/**
 * Reads one HTTP/1.1 answer after another from the bytes of a connection, however they are cut.
 * Strict: what RFC 9112 does not allow, or what two readers could frame differently, is a `protocol`
 * failure and never a guess. Heads are bounded by {@link headBytesMax}; bodies pass through.
 * It is itself the reply of the answer it read last, good until the next {@link begin}.
 */
export class ResponseParser implements HttpReply {
  status = 0;
  bodyBytes = 0;
  /** Whether the connection may be used again after this answer. */
  keepAlive = false;
  /** Whether a byte of the answer has come. */
  begun = false;
  /** Set while content that is encoded is read: the answer is whole when it has been decoded. */
  decoder: ContentDecoder | undefined;
  #head: ResponseHead | undefined;
  #state: 'idle' | 'head' | 'sized' | 'chunked' | 'until_close' = 'idle';
  #isHead = false;
  #onBody: BodySink | undefined;
  #remaining = 0;
  #chunked: ChunkedBody | undefined;
  /** The beginning of a head that is not yet whole. */
  #held: Buffer | undefined;
  #interims = 0;
  readonly #onUndecodable: (error: unknown) => void;

  /** @param onUndecodable called when content cannot be decoded, or its sink throws, after a `push`. */
  constructor(onUndecodable: (error: unknown) => void = () => {}) {
    this.#onUndecodable = onUndecodable;
  }

  /** Expects the answer to a request; `isHead` when that was a HEAD. */
  begin(isHead: boolean, onBody: BodySink | undefined): void {
    this.status = 0;
    this.bodyBytes = 0;
    this.keepAlive = false;
    this.begun = false;
    this.decoder = undefined;
    this.#head = undefined;
    this.#state = 'head';
    this.#isHead = isHead;
    this.#onBody = onBody;
    this.#held = undefined;
    this.#interims = 0;
  }

  /**
   * Takes the first `size` bytes of `chunk`; true when the answer is whole. The sink's chunks lie in
   * `chunk`'s memory.
   * @throws {OperationFailure} `protocol`, and whatever the body's sink throws.
   */
  push(chunk: Buffer, size: number = chunk.length): boolean {
    this.begun = true;
    let bytes = chunk;
    let end = size;
    let at = 0;
    if (this.#state === 'head') {
      if (this.#held !== undefined) {
        bytes = Buffer.concat([this.#held, chunk.subarray(0, size)]);
        end = bytes.length;
      }
      at = this.#readHeads(bytes, end);
      if (at < 0) return false;
    }
    at = this.#readBody(bytes, at, end);
    if (at < 0) return false;
    this.#state = 'idle';
    if (at < end) throw failure('bytes arrived after the end of the answer');
    return true;
  }

  /** The server ended the connection: true when that is the proper end of the body. */
  end(): boolean {
    return this.#state === 'until_close';
  }

  /** How long the server keeps an idle connection, where it says so. */
  get keepAliveSecs(): number | undefined {
    return this.#head?.keepAliveSecs;
  }

  header(name: string): string | undefined {
    return this.#head?.header(name);
  }

  /** Reads the head, and the interim ones (1xx) before it. Returns where the body begins, or -1. */
  #readHeads(bytes: Buffer, end: number): number {
    let at = 0;
    for (;;) {
      const head = parseHead(bytes, at, end);
      if ((head?.endsAt ?? end) - at > headBytesMax) {
        throw failure('the head of the answer is too long');
      }
      if (head === undefined) {
        // A copy: the chunk's memory belongs to the connection and is written again.
        this.#held = Buffer.from(bytes.subarray(at, end));
        return -1;
      }
      at = head.endsAt;
      if (head.status >= 200) {
        this.#held = undefined;
        this.#enterBody(head);
        return at;
      }
      this.#interims += 1;
      if (head.status === 101)
        throw failure('the server switched protocols without being asked to');
      if (this.#interims > interimsMax) throw failure('too many interim answers');
    }
  }

  /** RFC 9112, 6.3. */
  #enterBody(head: ResponseHead): void {
    this.#head = head;
    this.status = head.status;
    this.keepAlive = head.keepAlive;
    if (this.#isHead || head.status === 204 || head.status === 304) {
      this.#state = 'sized';
      this.#remaining = 0;
    } else if (head.chunked) {
      this.#state = 'chunked';
      this.#chunked = new ChunkedBody();
    } else if (head.contentLength !== undefined) {
      this.#state = 'sized';
      this.#remaining = head.contentLength;
    } else {
      this.#state = 'until_close';
      this.keepAlive = false;
    }
    if (head.contentEncoding !== undefined) this.#decode(head.contentEncoding);
  }

  /** Compared as they are, encoded bytes would be called wrong. Errors' bodies are not compared. */
  #decode(coding: string): void {
    const sink = this.#onBody;
    if (sink === undefined || this.status >= 300 || this.#isHead) return;
    this.decoder = new ContentDecoder(coding, { status: this.status, sink }, this.#onUndecodable);
  }

  /** Gives the body's bytes from `from` on to the sink. Returns the index after its end, or -1. */
  #readBody(bytes: Buffer, from: number, end: number): number {
    switch (this.#state) {
      case 'sized': {
        const bodyEnd = Math.min(end, from + this.#remaining);
        this.#remaining -= bodyEnd - from;
        this.#give(bytes, from, bodyEnd);
        return this.#remaining === 0 ? bodyEnd : -1;
      }
      case 'chunked':
        return this.#chunked!.push(bytes, from, end, (start, dataEnd) =>
          this.#give(bytes, start, dataEnd),
        );
      case 'until_close':
        this.#give(bytes, from, end);
        return -1;
      case 'head':
      case 'idle':
        throw failure('bytes arrived without a request');
    }
  }

  #give(bytes: Buffer, from: number, to: number): void {
    if (from === to) return;
    this.bodyBytes += to - from;
    if (this.decoder !== undefined) this.decoder.write(bytes.subarray(from, to));
    else this.#onBody?.(bytes.subarray(from, to), this.status);
  }
}

/** The parts of one head, interim or final. */
export const headBytesMax: number = 32 * 1024;
const interimsMax = 16;

function failure(message: string): OperationFailure {
  return new OperationFailure('protocol', message);
}
