import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { decodeMessage, encodedField, messageFieldsMax } from './decode-message.ts';
import { ServerReflectionRequestSchema } from './generated/reflection.pb.ts';
import {
  BatchReadBlobsRequestSchema,
  DirectorySchema,
  FindMissingBlobsRequestSchema,
  UpdateActionResultRequestSchema,
} from './generated/remote-execution.pb.ts';

const emptyDigest = Buffer.from([0x12, 0]);
const field = (number: number, bytes: Uint8Array): Uint8Array =>
  new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();

describe('decodeMessage', () => {
  test('takes as many fields as it says, and no more', () => {
    const schema = FindMissingBlobsRequestSchema;
    const most = Buffer.alloc(2 * messageFieldsMax, emptyDigest);
    assert.equal(decodeMessage(schema, most).blobDigests.length, messageFieldsMax);
    const more = Buffer.alloc(2 * messageFieldsMax + 2, emptyDigest);
    assert.throws(() => decodeMessage(schema, more), { code: 'too_large' });
  });

  const many: readonly { what: string; bytes: Uint8Array; code?: string }[] = [
    { what: 'unknown fields', bytes: Buffer.alloc(600_000, Buffer.from([0x78, 0])) },
    { what: 'fields in a field', bytes: field(3, Buffer.alloc(600_000, emptyDigest)) },
    {
      what: 'fields in a field in a field',
      bytes: field(3, field(2, Buffer.alloc(600_000, Buffer.from([0x78, 0])))),
    },
    {
      what: 'groups',
      bytes: Buffer.alloc(600_000, Buffer.from([0x7b, 0x7c])),
      code: 'bad_request',
    },
    {
      what: 'a field that ends after its message',
      bytes: Buffer.concat([field(3, field(2, Buffer.alloc(300_000))).subarray(0, 290_000)]),
      code: 'bad_request',
    },
  ];
  for (const { what, bytes, code = 'too_large' } of many) {
    test(`refuses a message of too many ${what}`, () => {
      assert.throws(() => decodeMessage(UpdateActionResultRequestSchema, bytes), { code });
    });
  }

  test('counts packed numbers', () => {
    const bytes = field(3, Buffer.alloc(300_000, 1));
    assert.throws(() => decodeMessage(BatchReadBlobsRequestSchema, bytes), { code: 'too_large' });
  });

  test('takes long texts and bytes for one field', () => {
    const host = 'x'.repeat(2 ** 20);
    const bytes = toBinary(
      ServerReflectionRequestSchema,
      create(ServerReflectionRequestSchema, { host }),
    );
    assert.equal(decodeMessage(ServerReflectionRequestSchema, bytes).host, host);
  });

  test('drops unknown fields unless they are to be kept', () => {
    const bytes = Buffer.from([0x78, 7]);
    const encoded = (keepsUnknownFields: boolean): Uint8Array =>
      toBinary(DirectorySchema, decodeMessage(DirectorySchema, bytes, { keepsUnknownFields }));
    assert.deepEqual(Buffer.from(encoded(false)), Buffer.alloc(0));
    assert.deepEqual(Buffer.from(encoded(true)), bytes);
  });

  test('names what a message is not', () => {
    assert.throws(() => decodeMessage(DirectorySchema, Buffer.from('{}{}{}')), {
      code: 'bad_request',
      message: /not a build\.bazel\.remote\.execution\.v2\.Directory/,
    });
  });
});

test('encodedField finds the bytes of a field, and joins what came in parts', () => {
  const one = Buffer.concat([field(1, Buffer.from('a')), field(3, Buffer.from('bc'))]);
  assert.equal(Buffer.from(encodedField(one, 3)).toString(), 'bc');
  const two = Buffer.concat([one, field(3, Buffer.from('d')), Buffer.from([0x78, 1])]);
  assert.equal(Buffer.from(encodedField(two, 3)).toString(), 'bcd');
  assert.equal(encodedField(one, 9).byteLength, 0);
});
