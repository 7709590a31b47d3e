import assert from 'node:assert/strict';
import { type ClientHttp2Session, constants } from 'node:http2';
import { test } from 'node:test';
import {
  create,
  type DescField,
  type DescMessage,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { createCache } from '../../cache/index.ts';
import { sha256Of } from '../../core/index.ts';
import { reservedMounts } from '../../protocols/index.ts';
import { createReapi, grpcCodes } from '../../protocols/reapi/index.ts';
import { frameOf } from '../../protocols/shared/grpc/index.ts';
import { messageFieldsMax } from '../../protocols/shared/protobuf/decode-message.ts';
import { ByteStream } from '../../protocols/shared/protobuf/generated/bytestream.pb.ts';
import { Health } from '../../protocols/shared/protobuf/generated/health.pb.ts';
import { ServerReflection } from '../../protocols/shared/protobuf/generated/reflection.pb.ts';
import {
  ActionCache,
  BatchReadBlobsRequestSchema,
  Capabilities,
  ContentAddressableStorage,
  FindMissingBlobsRequestSchema,
} from '../../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import { createMemoryStore } from '../../storage/drivers/memory/index.ts';
import { callerOf } from '../../testing/caller.ts';
import { costOf, longestTurnMs } from '../../testing/longest-turn.ts';
import {
  connectRaw,
  gzipEncoding,
  gzipped,
  type RawRequest,
  rawCall,
  rawStream,
} from '../../testing/raw-grpc.ts';
import { startReapi } from '../../testing/start-reapi.ts';
import { createAuthenticator } from '../access/auth.ts';

const mebibyte = 2 ** 20;
/** What one message may add to the memory of the process, the test's own buffers included. */
const memoryBytesMax = 250 * mebibyte;
/** The longest message that any method takes. */
const longestBytes = 16 * mebibyte;
/** How long one message may stop others, as a multiple of what the largest good one does. */
const ratioMax = 10;
const unknownNumbers = 'unknown numbers';

const services: readonly DescService[] = [
  Capabilities,
  ActionCache,
  ContentAddressableStorage,
  ByteStream,
  Health,
  ServerReflection,
];
const inputs = new Map<string, { name: string; input: DescMessage }>(
  services.flatMap(({ typeName, methods: all }) =>
    all.map(({ name, input }) => [`/${typeName}/${name}`, { name, input }] as const),
  ),
);
const cache = createCache({ store: createMemoryStore({ maxBytes: 0 }) });
const methods = createReapi({ cache, reserved: reservedMounts }).methods.map((method) => ({
  ...method,
  // The older form of reflection has the same messages.
  ...inputs.get(method.path.replace('v1alpha', 'v1'))!,
}));
const pathOf = (name: string): string => methods.find((method) => method.name === name)!.path;

test('the largest message of the smallest elements costs no method more than the largest good one', async (t) => {
  const server = await startReapi(t);
  const session = await connectRaw(t, server.address);
  const call = async (path: string, body: Buffer): Promise<number> =>
    (await rawCall(session, { path, headers: gzipEncoding, body })).grpcStatus;
  // 58,000 digests: what gRPC's usual 4 MiB can hold.
  const good = gzipped(manyDigests(58_000));
  const goodMs = await longestTurnMs(async () => {
    assert.equal(await call(pathOf('FindMissingBlobs'), good), grpcCodes.ok);
  });
  for (const { input, name, path, messageBytesMax } of methods) {
    for (const { what, element, within } of smallestElements(input)) {
      // As many fields of two bytes as are taken, and as many as a message has room for.
      const sizes = new Set([Math.min(2 * messageFieldsMax, messageBytesMax)]);
      if (within.length === 0) sizes.add(messageBytesMax);
      if (what === unknownNumbers) sizes.add(longestBytes);
      for (const sizeBytes of sizes) {
        const body = gzipped(filledWith(element, within, sizeBytes));
        const { turnMs, grownBytes } = await costOf(async () => {
          await answerBegins(session, { path, headers: gzipEncoding, body });
        }, ratioMax * goodMs);
        const ratio = turnMs / goodMs;
        assert.ok(grownBytes < memoryBytesMax, `${name} of ${what} took ${grownBytes} bytes`);
        assert.ok(ratio < ratioMax, `${name} of ${what} stops others ${ratio} times as long`);
      }
    }
  }
});

test('nor do stored entries that are made of the smallest elements', async (t) => {
  const server = await startReapi(t);
  const session = await connectRaw(t, server.address);
  const signal = AbortSignal.timeout(60_000);
  const bytes = Buffer.alloc(3.7 * mebibyte, Buffer.from([0x12, 0]));
  const digest = { hash: sha256Of(bytes), sizeBytes: BigInt(bytes.length) };
  await server.cache.put({ space: 'cas', hash: digest.hash }, callerOf(), bytes, { signal });
  const result = Buffer.alloc(longestBytes, Buffer.from([0x12, 0]));
  const action = { space: 'ac', namespace: '', key: digest.hash } as const;
  await server.cache.put(action, callerOf(), result, { signal, opaque: true });
  const { getTree } = ContentAddressableStorage.method;
  const { getActionResult } = ActionCache.method;
  const calls = [
    [pathOf('GetTree'), toBinary(getTree.input, create(getTree.input, { rootDigest: digest }))],
    [
      pathOf('GetActionResult'),
      toBinary(getActionResult.input, create(getActionResult.input, { actionDigest: digest })),
    ],
  ] as const;
  for (const [path, message] of calls) {
    const beforeBytes = process.memoryUsage.rss();
    const { grpcStatus } = await rawCall(session, { path, body: frameOf(message) });
    assert.ok(grpcStatus > 0, path);
    assert.ok(process.memoryUsage.rss() - beforeBytes < memoryBytesMax, path);
  }
});

test('without a credential a method takes 4 KiB and nothing compressed', async (t) => {
  const server = await startReapi(t, { authenticator: createAuthenticator([]) });
  const session = await connectRaw(t, server.address);
  for (const name of ['GetCapabilities', 'Check', 'Watch']) {
    const path = pathOf(name);
    const long = frameOf(Buffer.alloc(4097));
    assert.equal((await rawCall(session, { path, body: long })).grpcStatus, 8, name);
    const small = gzipped(Buffer.alloc(0));
    const answer = await rawCall(session, { path, body: small, headers: gzipEncoding });
    assert.equal(answer.grpcStatus, grpcCodes.unimplemented, name);
  }
});

test('no batch is answered with more than 4 MiB', async (t) => {
  const server = await startReapi(t);
  const session = await connectRaw(t, server.address);
  const schema = BatchReadBlobsRequestSchema;
  const digests = Array.from({ length: 10_000 }, (_, index) => ({
    hash: sha256Of(`absent ${index}`),
    sizeBytes: 390n,
  }));
  const body = frameOf(toBinary(schema, create(schema, { digests })));
  const answer = await rawCall(session, { path: pathOf('BatchReadBlobs'), body });
  assert.equal(answer.grpcStatus, grpcCodes.ok);
  assert.ok(answer.messages[0]!.length < 4 * mebibyte);
  const more = frameOf(toBinary(schema, create(schema, { digests: [...digests, digests[0]!] })));
  const refused = await rawCall(session, { path: pathOf('BatchReadBlobs'), body: more });
  assert.equal(refused.grpcStatus, grpcCodes.invalidArgument);
  const found = await rawCall(session, {
    path: pathOf('FindMissingBlobs'),
    body: frameOf(manyDigests(58_000)),
  });
  assert.ok(found.messages[0]!.length <= 4 * mebibyte);
});

/** Sends a request, waits for any answer to it, and ends the call: a watch does not end by itself. */
async function answerBegins(session: ClientHttp2Session, request: RawRequest): Promise<void> {
  const stream = rawStream(session, request).resume();
  const closed = new Promise((resolve) => stream.once('close', resolve));
  await new Promise((resolve) => {
    stream.once('response', resolve);
    void closed.then(resolve);
  });
  if (request.path.endsWith('/Watch')) stream.close(constants.NGHTTP2_CANCEL);
  await closed;
}

function manyDigests(count: number): Uint8Array {
  const schema = FindMissingBlobsRequestSchema;
  const blobDigests = Array.from({ length: count }, (_, index) => ({
    hash: sha256Of(`blob ${index}`),
    sizeBytes: 100n,
  }));
  return toBinary(schema, create(schema, { blobDigests }));
}

interface Smallest {
  readonly what: string;
  /** The bytes of one element. */
  readonly element: Buffer;
  /** The message fields in which it lies, outermost first. */
  readonly within: readonly number[];
}

/** The smallest forms of everything that a message can hold many of. */
function smallestElements(schema: DescMessage, within: readonly number[] = []): Smallest[] {
  const found: Smallest[] = [];
  if (within.length === 0) {
    const unknown = 15;
    const number = Buffer.from([...tag(unknown, WireType.Varint), 0]);
    found.push({ what: unknownNumbers, element: number, within });
    const text = Buffer.from([...tag(unknown, WireType.LengthDelimited), 0]);
    found.push({ what: 'unknown texts', element: text, within });
    const group = [...tag(unknown, WireType.StartGroup), ...tag(unknown, WireType.EndGroup)];
    found.push({ what: 'unknown groups', element: Buffer.from(group), within });
  }
  for (const field of schema.fields) {
    const empty = Buffer.from([...tag(field.number, WireType.LengthDelimited), 0]);
    if (field.message !== undefined) {
      found.push({ what: nameOf(field), element: empty, within });
      if (within.length < 1) {
        found.push(...smallestElements(field.message, [...within, field.number]));
      }
    } else if (field.fieldKind === 'list') {
      const packed = field.listKind === 'enum';
      // One packed field of many elements is the smallest.
      if (packed) {
        found.push({
          what: nameOf(field),
          element: Buffer.from([1]),
          within: [...within, field.number],
        });
      } else found.push({ what: nameOf(field), element: empty, within });
    }
  }
  return found;
}

function nameOf(field: DescField): string {
  return `${field.parent.name}.${field.name}`;
}

function tag(field: number, wireType: WireType): Uint8Array {
  return new BinaryWriter().tag(field, wireType).finish();
}

function filledWith(element: Buffer, within: readonly number[], sizeBytes: number): Uint8Array {
  // Around it there are a tag and a length for each field that it lies in.
  const filledBytes = sizeBytes - 6 * within.length;
  let bytes: Uint8Array = Buffer.alloc(filledBytes - (filledBytes % element.length), element);
  for (const field of within.toReversed()) {
    bytes = new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(bytes).finish();
  }
  return bytes;
}
