import {
  type DescField,
  type DescMessage,
  fromBinary,
  type MessageShape,
  ScalarType,
} from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { CacheError, messageOf } from '../../../core/index.ts';

/**
 * Most fields of one message, those of the messages inside it included. Two bytes on the wire can
 * be one field, and a decoded field takes a hundred bytes and more. An action result of 40,000
 * output files has fewer, and so have the 58,000 digests that fit into 4 MiB.
 */
export const messageFieldsMax = 250_000;

/**
 * Decodes a message whose sender is not trusted: its fields are counted before any object is made.
 * Unknown fields are dropped, unless they are to be encoded again.
 * @throws {CacheError} `too_large` for more than {@link messageFieldsMax} fields, `bad_request` for
 * bytes that are not such a message.
 */
export function decodeMessage<D extends DescMessage>(
  schema: D,
  bytes: Uint8Array,
  { keepsUnknownFields = false }: { readonly keepsUnknownFields?: boolean } = {},
): MessageShape<D> {
  try {
    // A field has a byte at least, so that most messages need no counting.
    if (bytes.byteLength > messageFieldsMax) {
      countFields(schema, new BinaryReader(bytes), bytes.byteLength, 0);
    }
    return fromBinary(schema, bytes, { readUnknownFields: keepsUnknownFields });
  } catch (error) {
    if (error instanceof CacheError) throw error;
    throw new CacheError('bad_request', `this is not a ${schema.typeName}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** @returns the number of fields up to `end`, added to those `before`. */
function countFields(
  schema: DescMessage,
  reader: BinaryReader,
  end: number,
  before: number,
): number {
  const known = fieldsOf(schema);
  let fields = before;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = known.get(number);
    fields += 1;
    if (wireType === WireType.StartGroup) throw new RangeError('groups are not supported');
    if (field === undefined || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
    } else {
      const valueEnd = reader.uint32() + reader.pos;
      if (valueEnd > end) throw new RangeError('a field ends after its message');
      if (field.message !== undefined) {
        fields = countFields(field.message, reader, valueEnd, fields);
      } else if (field.fieldKind === 'list' && !isText(field.scalar)) {
        // Packed numbers.
        // An element has a byte at least.
        fields += valueEnd - reader.pos;
      }
      reader.pos = valueEnd;
    }
    if (fields > messageFieldsMax) {
      throw new CacheError('too_large', `a message may have at most ${messageFieldsMax} fields`);
    }
  }
  return fields;
}

function isText(scalar: ScalarType | undefined): boolean {
  return scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
}

const fieldsBySchema = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  let fields = fieldsBySchema.get(schema);
  if (fields === undefined) {
    fields = new Map(schema.fields.map((field) => [field.number, field]));
    fieldsBySchema.set(schema, fields);
  }
  return fields;
}

/**
 * The bytes of one message field of an encoded message, unknown fields and all. A field that occurs
 * twice is joined, which is how Protocol Buffers merge it.
 */
export function encodedField(bytes: Uint8Array, fieldNumber: number): Uint8Array {
  const reader = new BinaryReader(bytes);
  const parts: Uint8Array[] = [];
  while (reader.pos < bytes.byteLength) {
    const [number, wireType] = reader.tag();
    if (number === fieldNumber && wireType === WireType.LengthDelimited) parts.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
