import { framePrefixBytes } from '../shared/grpc/index.ts';
import { type BodySink, OperationFailure, type Payload } from '../shared/load-client.ts';

/**
 * Compares the messages of a ByteStream.Read with what was stored, as they come and without holding
 * any: each is google.bytestream.ReadResponse with `data` (10) and nothing else.
 */
export class ReadCheck {
  readonly #payload: Payload;
  #offset = 0;
  #differs = false;
  /** Prefix and tag and length of the message under way, as far as they came. */
  readonly #head: number[] = [];
  #dataLeft = 0;

  constructor(payload: Payload) {
    this.#payload = payload;
  }

  readonly sink: BodySink = (chunk, status) => {
    // A server that answers otherwise shows it by its status.
    if (status !== 200) return;
    for (let at = 0; at < chunk.length; ) {
      if (this.#dataLeft === 0) {
        this.#head.push(chunk[at]!);
        at += 1;
        this.#endHead();
        continue;
      }
      const part = chunk.subarray(at, at + this.#dataLeft);
      this.#compare(part);
      this.#dataLeft -= part.length;
      at += part.length;
    }
  };

  /** @throws {OperationFailure} `integrity`. */
  throwUnlessWhole(): void {
    if (this.#differs) {
      throw new OperationFailure('integrity', 'the bytes are not those that were stored');
    }
    if (this.#offset !== this.#payload.sizeBytes || this.#head.length > 0) {
      throw new OperationFailure(
        'integrity',
        `${this.#payload.sizeBytes} bytes were stored and ${this.#offset} came back`,
      );
    }
  }

  #compare(part: Buffer): void {
    // The rest of a wrong body is still read, so that the connection can be used again.
    if (!this.#differs) this.#differs = !this.#payload.matches(part, this.#offset);
    this.#offset += part.length;
  }

  /** Goes on to the data once the head is whole. @throws {OperationFailure} `protocol`. */
  #endHead(): void {
    const head = this.#head;
    if (head.length < framePrefixBytes) return;
    const messageBytes = Buffer.from(head).readUInt32BE(1);
    if (head[0] !== 0) throw notReadResponse();
    if (messageBytes === 0) {
      head.length = 0;
      return;
    }
    if (head.length === framePrefixBytes) return;
    if (head[framePrefixBytes] !== dataTag) throw notReadResponse();
    const last = head[head.length - 1]!;
    const lengthBytes = head.length - framePrefixBytes - 1;
    if (lengthBytes === 0 || last >= 0x80) {
      if (lengthBytes > 5) throw notReadResponse();
      return;
    }
    let dataBytes = 0;
    for (let index = 0; index < lengthBytes; index += 1) {
      dataBytes += (head[framePrefixBytes + 1 + index]! & 0x7f) * 2 ** (7 * index);
    }
    if (dataBytes + lengthBytes + 1 !== messageBytes) throw notReadResponse();
    this.#dataLeft = dataBytes;
    head.length = 0;
  }
}

/** Field 10, length-delimited. */
const dataTag = (10 << 3) | 2;

function notReadResponse(): OperationFailure {
  return new OperationFailure('protocol', 'a read was answered with something else than its data');
}
