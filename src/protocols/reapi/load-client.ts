import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
} from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type OutputDigest, readActionResult, writeActionResult } from '../shared/action-result.ts';
import { frameOf } from '../shared/grpc/index.ts';
import { heldPayload } from '../shared/held-payload.ts';
import {
  type Artifact,
  type ArtifactClient,
  type HttpExchange,
  OperationFailure,
  type Payload,
} from '../shared/load-client.ts';
import { ByteStream, WriteResponseSchema } from '../shared/protobuf/generated/bytestream.pb.ts';
import {
  ActionCache,
  ContentAddressableStorage,
  FindMissingBlobsResponseSchema,
} from '../shared/protobuf/generated/remote-execution.pb.ts';
import { FramedWrite } from './framed-write.ts';
import { ReadCheck } from './read-check.ts';
import { grpcStatusOf, OneMessage, throwUnlessOk } from './reply-check.ts';

/**
 * Speaks to a cache as Bazel does over gRPC: GetActionResult, then ByteStream.Read of the output; on
 * a miss FindMissingBlobs, ByteStream.Write and UpdateActionResult. A result whose bytes are gone is
 * a miss, as it is to a build. Needs a transport whose exchanges are gRPC calls: a POST of frames to
 * the method's path, answered with frames, `header()` telling of trailers, too.
 */
export class ReapiArtifactClient implements ArtifactClient {
  readonly storesByDigest = true;
  readonly #instance: string;
  readonly #resourcePrefix: string;
  #uploads = 0;

  constructor(instance: string) {
    this.#instance = instance;
    this.#resourcePrefix = instance === '' ? '' : `${instance}/`;
  }

  async lookup(http: HttpExchange, { key, payload }: Artifact): Promise<'hit' | 'miss'> {
    const request = aboutDigest(this.#instance, actionDigest(key));
    const { getActionResult } = ActionCache.method;
    const result = new OneMessage(getActionResult.name);
    const found = await http.exchange(requestOf(getActionResult, request), result.sink);
    if (grpcStatusOf(found) === notFound) return 'miss';
    const output = readActionResult(result.of(found));
    if (output.sizeBytes !== payload.sizeBytes) {
      throw new OperationFailure('integrity', 'the result names another size than was stored');
    }
    const name = `${this.#resourcePrefix}blobs/${output.hash}/${output.sizeBytes}`;
    const body = new ReadCheck(payload);
    const reply = await http.exchange(
      requestOf(ByteStream.method.read, readRequest(name)),
      body.sink,
    );
    if (grpcStatusOf(reply) === notFound) {
      // A blob that is gone makes a miss, but a result that came back changed names one that never was.
      if (output.hash === payload.sha256()) return 'miss';
      throw new OperationFailure('integrity', 'the result names other bytes than were stored');
    }
    throwUnlessOk(reply, 'Read');
    body.throwUnlessWhole();
    return 'hit';
  }

  async store(http: HttpExchange, { key, payload }: Artifact): Promise<void> {
    const digest = { hash: payload.sha256(), sizeBytes: payload.sizeBytes };
    const find = ContentAddressableStorage.method.findMissingBlobs;
    const found = await unary(http, find, aboutDigest(this.#instance, digest));
    const missing = parse(FindMissingBlobsResponseSchema, found).missingBlobDigests;
    if (missing.length > 0) await this.#write(http, digest, payload);
    const update = aboutDigest(this.#instance, actionDigest(key), writeActionResult(digest));
    await unary(http, ActionCache.method.updateActionResult, update);
  }

  async #write(
    http: HttpExchange,
    { hash, sizeBytes }: OutputDigest,
    payload: Payload,
  ): Promise<void> {
    this.#uploads += 1;
    const id = `${hash.slice(0, 8)}-${this.#uploads}`;
    const resource = `${this.#resourcePrefix}uploads/${id}/blobs/${hash}/${sizeBytes}`;
    const { write } = ByteStream.method;
    const answer = new OneMessage(write.name);
    const body = new FramedWrite(resource, payload);
    const reply = await http.exchange({ ...postTo(write), body }, answer.sink);
    const { committedSize } = parse(WriteResponseSchema, answer.of(reply));
    if (committedSize !== BigInt(sizeBytes)) {
      const message = `Write committed ${committedSize} bytes of ${sizeBytes}`;
      throw new OperationFailure('protocol', message);
    }
  }
}

const notFound = 5;

/** The key is used as the hash of an Action; its size is the client's own business. */
function actionDigest(key: string): OutputDigest {
  return { hash: key, sizeBytes: 142 };
}

/**
 * GetActionResultRequest, FindMissingBlobsRequest and UpdateActionResultRequest
 * (build.bazel.remote.execution.v2) begin alike: instance_name (1), a Digest (2) with hash (1) and
 * size_bytes (2). The last has action_result (3), which is encoded already.
 */
function aboutDigest(
  instance: string,
  { hash, sizeBytes }: OutputDigest,
  result?: Uint8Array,
): Uint8Array {
  const writer = new BinaryWriter();
  if (instance !== '') writer.tag(1, WireType.LengthDelimited).string(instance);
  writer.tag(2, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(hash);
  writer.tag(2, WireType.Varint).int64(sizeBytes);
  writer.join();
  if (result !== undefined) writer.tag(3, WireType.LengthDelimited).bytes(result);
  return writer.finish();
}

/** google.bytestream.ReadRequest with resource_name (1): from the start to the end. */
function readRequest(resourceName: string): Uint8Array {
  return new BinaryWriter().tag(1, WireType.LengthDelimited).string(resourceName).finish();
}

/** The one message that a call is answered with. */
async function unary(
  http: HttpExchange,
  method: DescMethod,
  message: Uint8Array,
): Promise<Uint8Array> {
  const answer = new OneMessage(method.name);
  const reply = await http.exchange(requestOf(method, message), answer.sink);
  return answer.of(reply);
}

function parse<D extends DescMessage>(schema: D, message: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, message);
  } catch (error) {
    const text = `what should be a ${schema.name} does not parse`;
    throw new OperationFailure('protocol', text, { cause: error });
  }
}

function postTo(method: DescMethod): { readonly method: 'POST'; readonly path: string } {
  return { method: 'POST', path: `/${method.parent.typeName}/${method.name}` };
}

function requestOf(
  method: DescMethod,
  message: Uint8Array,
): { readonly method: 'POST'; readonly path: string; readonly body: Payload } {
  return { ...postTo(method), body: heldPayload(frameOf(message)) };
}
