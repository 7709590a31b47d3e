import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { framePrefix, framePrefixBytes } from '../shared/grpc/index.ts';
import type { Payload } from '../shared/load-client.ts';

/** Bytes of a blob in one message, as Bazel sends it. */
const dataBytesMax = 16 * 1024;

/**
 * The body of a ByteStream.Write: a payload in messages of 16 KiB, made as they are sent. Read from
 * its start to its end; asked for its start again, it begins again.
 */
export class FramedWrite implements Payload {
  readonly sizeBytes: number;
  readonly #name: string;
  readonly #payload: Payload;
  /** How far the data of the message under way has gone, and goes. */
  #dataAt = 0;
  #dataEnd = 0;

  constructor(resourceName: string, payload: Payload) {
    this.#name = resourceName;
    this.#payload = payload;
    const messages = Math.max(1, Math.ceil(payload.sizeBytes / dataBytesMax));
    let sizeBytes = payload.sizeBytes;
    for (let index = 0; index < messages; index += 1) {
      sizeBytes += this.#headAt(index * dataBytesMax).length;
    }
    this.sizeBytes = sizeBytes;
  }

  sha256(): string {
    return this.#payload.sha256();
  }

  piece(offsetBytes: number): Buffer {
    if (offsetBytes >= this.sizeBytes) return Buffer.alloc(0);
    if (offsetBytes === 0) {
      this.#dataAt = 0;
      this.#dataEnd = Math.min(dataBytesMax, this.#payload.sizeBytes);
      return this.#headAt(0);
    }
    if (this.#dataAt === this.#dataEnd) {
      this.#dataEnd = Math.min(this.#dataAt + dataBytesMax, this.#payload.sizeBytes);
      return this.#headAt(this.#dataAt);
    }
    const piece = this.#payload.piece(this.#dataAt).subarray(0, this.#dataEnd - this.#dataAt);
    this.#dataAt += piece.length;
    return piece;
  }

  matches(): boolean {
    return false;
  }

  /** google.bytestream.WriteRequest: resource_name (1), write_offset (2), finish_write (3), data (10). */
  #headAt(dataOffset: number): Buffer {
    const dataBytes = Math.min(dataBytesMax, this.#payload.sizeBytes - dataOffset);
    const writer = new BinaryWriter();
    if (dataOffset === 0) writer.tag(1, WireType.LengthDelimited).string(this.#name);
    else writer.tag(2, WireType.Varint).int64(dataOffset);
    if (dataOffset + dataBytes === this.#payload.sizeBytes)
      writer.tag(3, WireType.Varint).bool(true);
    // `data` last, so that it can follow from elsewhere: a field's order is its writer's choice.
    writer.tag(10, WireType.LengthDelimited).uint32(dataBytes);
    const fields = writer.finish();
    const head = Buffer.allocUnsafe(framePrefixBytes + fields.length);
    framePrefix(fields.length + dataBytes).copy(head);
    head.set(fields, framePrefixBytes);
    return head;
  }
}
