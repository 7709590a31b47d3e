import { once } from 'node:events';
import http2, { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { FrameReader, frameOf } from '../protocols/shared/grpc/index.ts';
import { ByteStream } from '../protocols/shared/protobuf/generated/bytestream.pb.ts';
import {
  ActionCache,
  type ActionResult,
  ContentAddressableStorage,
} from '../protocols/shared/protobuf/generated/remote-execution.pb.ts';
import type { Cleanup } from './cleanup.ts';

/** Does something wrong at each `everyNth` call of a method, after the first `afterCalls` of them. */
export interface GrpcFault {
  readonly method: GrpcMethodName;
  /** Default 1: all. */
  readonly everyNth?: number;
  /** Default 0. */
  readonly afterCalls?: number;
  readonly what:
    | { readonly status: number }
    /** One byte of the answer is changed. */
    | 'flip-byte'
    /** A read ends well after half of its bytes. */
    | 'short'
    /**
     * After half of its bytes the call is reset, ends without a status, loses its connection, or
     * stalls.
     */
    | 'cut-by-reset'
    | 'cut-without-status'
    | 'cut-connection'
    | 'stall'
    | 'never-answer'
    /** A write is acknowledged and forgotten. */
    | 'forget'
    /** Answers correctly, and asks the client to make its next call elsewhere. */
    | 'go-away';
}

export type GrpcMethodName =
  | 'GetActionResult'
  | 'Read'
  | 'FindMissingBlobs'
  | 'Write'
  | 'UpdateActionResult';

/** A REAPI cache over two maps, in this process; honest but for its faults. */
export interface FaultyGrpcCache {
  /** `grpc://127.0.0.1:PORT`. */
  readonly url: string;
  /** The methods that were called, in their order. */
  readonly calls: readonly GrpcMethodName[];
  /** Faults that happened. */
  injected(): number;
  /** Connections open now. */
  connections(): number;
  /** Ends like a process that is killed. */
  die(): void;
}

export async function startFaultyGrpcCache(
  t: Cleanup,
  faults: readonly GrpcFault[],
): Promise<FaultyGrpcCache> {
  const server = http2.createServer();
  const sessions = new Set<ServerHttp2Session>();
  const cache = new Entries(faults);
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {}).on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    cache.serve(stream, headers[':path'] ?? '').catch(() => stream.close());
  });
  const die = (): void => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  t.after(die);
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 });
  await once(server, 'listening');
  return {
    url: `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: cache.calls,
    injected: () => cache.injected,
    connections: () => sessions.size,
    die,
  };
}

class Entries {
  readonly calls: GrpcMethodName[] = [];
  injected = 0;
  readonly #faults: readonly GrpcFault[];
  readonly #callsByMethod = new Map<GrpcMethodName, number>();
  readonly #results = new Map<string, ActionResult>();
  readonly #blobs = new Map<string, Uint8Array>();

  constructor(faults: readonly GrpcFault[]) {
    this.#faults = faults;
  }

  async serve(stream: ServerHttp2Stream, path: string): Promise<void> {
    const name = path.slice(path.lastIndexOf('/') + 1) as GrpcMethodName;
    this.calls.push(name);
    const fault = this.#pick(name);
    const messages = await readAll(stream);
    if (fault === 'never-answer') return;
    if (fault === 'go-away') stream.session?.close();
    if (typeof fault === 'object') end(stream, fault.status);
    else this.#answer(stream, name, messages, fault);
  }

  #pick(name: GrpcMethodName): GrpcFault['what'] | undefined {
    const before = this.#callsByMethod.get(name) ?? 0;
    this.#callsByMethod.set(name, before + 1);
    const fault = this.#faults.find(({ method, afterCalls = 0, everyNth = 1 }) => {
      return method === name && before >= afterCalls && (before - afterCalls) % everyNth === 0;
    });
    if (fault !== undefined) this.injected += 1;
    return fault?.what;
  }

  #answer(
    stream: ServerHttp2Stream,
    name: GrpcMethodName,
    messages: readonly Uint8Array[],
    fault: Exclude<GrpcFault['what'], object> | undefined,
  ): void {
    const [first = new Uint8Array()] = messages;
    switch (name) {
      case 'GetActionResult': {
        const { method } = ActionCache;
        const { actionDigest } = fromBinary(method.getActionResult.input, first);
        const found = this.#results.get(actionDigest?.hash ?? '');
        if (found === undefined) end(stream, notFound);
        else send(stream, [encoded(method.getActionResult, found)], fault);
        return;
      }
      case 'UpdateActionResult': {
        const { method } = ActionCache;
        const update = fromBinary(method.updateActionResult.input, first);
        const { actionDigest, actionResult } = update;
        if (actionDigest === undefined || actionResult === undefined) end(stream, 3);
        else {
          if (fault !== 'forget') this.#results.set(actionDigest.hash, actionResult);
          send(stream, [encoded(method.updateActionResult, actionResult)], fault);
        }
        return;
      }
      case 'FindMissingBlobs': {
        const { findMissingBlobs } = ContentAddressableStorage.method;
        const { blobDigests } = fromBinary(findMissingBlobs.input, first);
        const missingBlobDigests = blobDigests.filter(({ hash }) => !this.#blobs.has(hash));
        send(stream, [encoded(findMissingBlobs, { missingBlobDigests })], fault);
        return;
      }
      case 'Write': {
        const { write } = ByteStream.method;
        const parts = messages.map((message) => fromBinary(write.input, message));
        const bytes = Buffer.concat(parts.map(({ data }) => data));
        if (fault !== 'forget') this.#blobs.set(hashIn(parts[0]?.resourceName ?? ''), bytes);
        send(stream, [encoded(write, { committedSize: BigInt(bytes.length) })], fault);
        return;
      }
      case 'Read': {
        const { read } = ByteStream.method;
        const { resourceName } = fromBinary(read.input, first);
        const found = this.#blobs.get(hashIn(resourceName));
        if (found === undefined) {
          end(stream, notFound);
          return;
        }
        const half = Math.ceil(found.length / 2);
        const halves = [found.subarray(0, half), found.subarray(half)];
        send(
          stream,
          halves.map((data) => encoded(read, { data })),
          fault,
        );
        return;
      }
      default:
        end(stream, 12);
    }
  }
}

const notFound = 5;
const messageBytesMax = 4 * 2 ** 20;

/** `…/blobs/<hash>/<size>`. */
function hashIn(resourceName: string): string {
  return /blobs\/([0-9a-f]{64})\//.exec(resourceName)?.[1] ?? '';
}

function encoded<O extends DescMessage>(
  method: DescMethod & { readonly output: O },
  fields: MessageInitShape<O>,
): Buffer {
  return frameOf(toBinary(method.output, create(method.output, fields)));
}

async function readAll(stream: ServerHttp2Stream): Promise<Uint8Array[]> {
  const reader = new FrameReader(messageBytesMax);
  const messages: Uint8Array[] = [];
  for await (const piece of stream as AsyncIterable<Buffer>) {
    for (const { message } of reader.push(piece)) messages.push(message);
  }
  return messages;
}

function end(stream: ServerHttp2Stream, code: number): void {
  stream.respond({ ...head, 'grpc-status': String(code) }, { endStream: true });
}

const head = { ':status': 200, 'content-type': 'application/grpc' };

function send(
  stream: ServerHttp2Stream,
  frames: readonly Buffer[],
  fault: Exclude<GrpcFault['what'], object> | undefined,
): void {
  const isCut = fault?.startsWith('cut') === true || fault === 'stall';
  const hasStatus = fault !== 'cut-without-status';
  stream.respond(head, { waitForTrailers: hasStatus });
  if (hasStatus) stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  const bytes = Buffer.concat(isCut || fault === 'short' ? frames.slice(0, 1) : frames);
  if (fault === 'flip-byte') bytes[bytes.length - 1]! ^= 1;
  if (!isCut || fault === 'cut-without-status') stream.end(bytes);
  else {
    stream.write(bytes, () => {
      if (fault === 'cut-by-reset') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      if (fault === 'cut-connection') stream.session?.destroy();
    });
  }
}
