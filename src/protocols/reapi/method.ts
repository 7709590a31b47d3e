import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Caller } from '../../cache/index.ts';
import type { Action } from '../shared/access.ts';
import { decodeMessage } from '../shared/protobuf/decode-message.ts';
import { openRequestBytesMax, requestBytesMax } from './limits.ts';
import type { ClientMetadata } from './request-metadata.ts';

/** What a method sees of its call, whatever library carries it. */
export interface GrpcCall {
  /**
   * The caller, for the cache. The instance is inside the message, so each method asks for its
   * caller once that is decoded.
   * @throws {CacheError} `forbidden`, `read_only`.
   */
  callerFor(instance: string): Caller;
  /**
   * Takes room for what is about to be made, in place of what this call took before: answers that
   * clients have not read are bounded. Where there is none yet, returns a promise to wait for; less
   * than before is granted at once. An answer that is made without asking counts as well.
   */
  roomFor(bytes: number): Promise<void> | undefined;
  /** Whether the caller may write there. */
  mayWrite(instance: string): boolean;
  /** What the client says about itself, if anything. */
  readonly client: ClientMetadata | undefined;
  /** Aborted with a {@link CacheError} at the deadline, and when the client went away. */
  readonly signal: AbortSignal;
}

/** A method as a listener carries it: messages are bytes, a failure is what it throws. */
export type GrpcMethod = MethodFacts &
  (
    | {
        readonly kind: 'unary';
        handle(request: Uint8Array, call: GrpcCall): Uint8Array | Promise<Uint8Array>;
      }
    | {
        readonly kind: 'server_stream';
        /** An array where all messages are there at once: most streams are short. */
        handle(
          request: Uint8Array,
          call: GrpcCall,
        ): AsyncIterable<Uint8Array> | readonly Uint8Array[];
      }
    | {
        readonly kind: 'client_stream';
        handle(requests: AsyncIterable<Uint8Array>, call: GrpcCall): Promise<Uint8Array>;
      }
    | {
        readonly kind: 'both_streams';
        handle(requests: AsyncIterable<Uint8Array>, call: GrpcCall): AsyncIterable<Uint8Array>;
      }
  );

export interface MethodFacts {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Name in metrics and logs, one of a small fixed set. */
  readonly operation: string;
  /** What is done to entries. `open`: nothing, so that a caller without a credential may call it. */
  readonly access: 'open' | Action;
  /** Longest message taken from a client, decompressed. */
  readonly messageBytesMax: number;
  /** What a call takes of its connection's room before its one message is decoded, see {@link GrpcCall.roomFor}. */
  roomBytesOf(messageBytes: number): number;
}

/** What is particular to one method. */
export interface MethodOptions {
  /** Default: {@link requestBytesMax}, and {@link openRequestBytesMax} where no credential is needed. */
  readonly messageBytesMax?: number;
  /** Default: {@link decodedBytesOf}. */
  readonly roomBytesOf?: (messageBytes: number) => number;
}

/** What a message of digests takes once it is decoded, and what repeats it in the answer. */
export function decodedBytesOf(messageBytes: number): number {
  return 4 * messageBytes;
}

type Access = MethodFacts['access'];

/** Makes a method of one request and one answer. */
export function unary<I extends DescMessage, O extends DescMessage>(
  method: DescMethod & { readonly input: I; readonly output: O },
  access: Access,
  handle: (
    request: MessageShape<I>,
    call: GrpcCall,
    bytes: Uint8Array,
  ) => Answer<O> | Promise<Answer<O>>,
  options?: MethodOptions,
): GrpcMethod {
  return {
    ...factsOf(method, access, options),
    kind: 'unary',
    handle: (bytes, call) => {
      const answer = handle(decodeMessage(method.input, bytes), call, bytes);
      return answer instanceof Promise
        ? answer.then((late) => encode(method.output, late))
        : encode(method.output, answer);
    },
  };
}

/** Makes a method of one request and many answers. */
export function serverStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethod & { readonly input: I; readonly output: O },
  access: Access,
  handle: (
    request: MessageShape<I>,
    call: GrpcCall,
  ) => AsyncIterable<Answer<O>> | readonly Answer<O>[],
  options?: MethodOptions,
): GrpcMethod {
  return {
    ...factsOf(method, access, options),
    kind: 'server_stream',
    handle: (bytes, call) => {
      const answers = handle(decodeMessage(method.input, bytes), call);
      return Symbol.asyncIterator in answers
        ? encodeAll(method.output, answers)
        : answers.map((answer) => encode(method.output, answer));
    },
  };
}

/** Makes a method of many requests and one answer. */
export function clientStream<I extends DescMessage, O extends DescMessage>(
  method: DescMethod & { readonly input: I; readonly output: O },
  access: Access,
  handle: (requests: AsyncIterable<MessageShape<I>>, call: GrpcCall) => Promise<Answer<O>>,
  options?: MethodOptions,
): GrpcMethod {
  return {
    ...factsOf(method, access, options),
    kind: 'client_stream',
    handle: async (requests, call) =>
      encode(method.output, await handle(decodeAll(method.input, requests), call)),
  };
}

/** Makes a method of many requests and many answers. */
export function bothStreams<I extends DescMessage, O extends DescMessage>(
  method: DescMethod & { readonly input: I; readonly output: O },
  access: Access,
  handle: (requests: AsyncIterable<MessageShape<I>>, call: GrpcCall) => AsyncIterable<Answer<O>>,
  options?: MethodOptions,
): GrpcMethod {
  return {
    ...factsOf(method, access, options),
    kind: 'both_streams',
    handle: (requests, call) =>
      encodeAll(method.output, handle(decodeAll(method.input, requests), call)),
  };
}

/** An answer as fields, or encoded already. */
export type Answer<O extends DescMessage> = MessageInitShape<O> | Encoded;

/** A message that needs no encoding any more. */
export class Encoded {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

function factsOf(
  method: DescMethod,
  access: Access,
  {
    messageBytesMax = access === 'open' ? openRequestBytesMax : requestBytesMax,
    roomBytesOf = decodedBytesOf,
  }: MethodOptions = {},
): MethodFacts {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    operation: method.name,
    access,
    messageBytesMax,
    roomBytesOf,
  };
}

function encode<D extends DescMessage>(schema: D, answer: Answer<D>): Uint8Array {
  if (answer instanceof Encoded) return answer.bytes;
  return toBinary(schema, create(schema, answer));
}

async function* decodeAll<D extends DescMessage>(
  schema: D,
  requests: AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageShape<D>, void, undefined> {
  for await (const bytes of requests) yield decodeMessage(schema, bytes);
}

async function* encodeAll<D extends DescMessage>(
  schema: D,
  answers: AsyncIterable<Answer<D>>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const answer of answers) yield encode(schema, answer);
}
