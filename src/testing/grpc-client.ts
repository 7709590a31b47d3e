import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import grpc from '@grpc/grpc-js';
import type { Cleanup } from './cleanup.ts';

type Method<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly input: I;
  readonly output: O;
};

export interface GrpcCallOptions {
  readonly metadata?: Readonly<Record<string, string | Buffer>>;
  readonly deadlineMs?: number;
}

/** A real gRPC client (`@grpc/grpc-js`), typed by the generated services. Closed when the test ends. */
export class GrpcClient {
  readonly #client: grpc.Client;

  constructor(
    t: Cleanup,
    address: string,
    credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure(),
  ) {
    this.#client = new grpc.Client(address, credentials, {
      'grpc.max_receive_message_length': 64 * 2 ** 20,
      'grpc.enable_retries': 0,
      // Channels of one process share connections by default.
      'grpc.use_local_subchannel_pool': 1,
    });
    t.after(() => this.#client.close());
  }

  unary<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageInitShape<I>,
    options: GrpcCallOptions = {},
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest<MessageInitShape<I>, MessageShape<O>>(
        pathOf(method),
        (message) => encode(method.input, message),
        (bytes) => fromBinary(method.output, bytes),
        request,
        metadataOf(options),
        callOptionsOf(options),
        (error, answer) => {
          if (error !== null) reject(error);
          else resolve(answer as MessageShape<O>);
        },
      );
    });
  }

  /** The stream of a call with one request; `cancel()` it, or read it to its end. */
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    request: MessageInitShape<I>,
    options: GrpcCallOptions = {},
  ): grpc.ClientReadableStream<MessageShape<O>> {
    return this.#client.makeServerStreamRequest<MessageInitShape<I>, MessageShape<O>>(
      pathOf(method),
      (message) => encode(method.input, message),
      (bytes) => fromBinary(method.output, bytes),
      request,
      metadataOf(options),
      callOptionsOf(options),
    );
  }

  clientStream<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    options: GrpcCallOptions = {},
  ): ClientStream<MessageInitShape<I>, MessageShape<O>> {
    let call: grpc.ClientWritableStream<MessageInitShape<I>> | undefined;
    const answer = new Promise<MessageShape<O>>((resolve, reject) => {
      call = this.#client.makeClientStreamRequest<MessageInitShape<I>, MessageShape<O>>(
        pathOf(method),
        (message) => encode(method.input, message),
        (bytes) => fromBinary(method.output, bytes),
        metadataOf(options),
        callOptionsOf(options),
        (error, late) => {
          if (error !== null) reject(error);
          else resolve(late as MessageShape<O>);
        },
      );
    });
    answer.catch(() => {});
    return { call: call as grpc.ClientWritableStream<MessageInitShape<I>>, answer };
  }

  bothStreams<I extends DescMessage, O extends DescMessage>(
    method: Method<I, O>,
    path: string = pathOf(method),
  ): grpc.ClientDuplexStream<MessageInitShape<I>, MessageShape<O>> {
    return this.#client.makeBidiStreamRequest<MessageInitShape<I>, MessageShape<O>>(
      path,
      (message) => encode(method.input, message),
      (bytes) => fromBinary(method.output, bytes),
    );
  }
}

export interface ClientStream<I, O> {
  readonly call: grpc.ClientWritableStream<I>;
  readonly answer: Promise<O>;
}

function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

function encode<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Buffer {
  return Buffer.from(toBinary(schema, create(schema, message)));
}

function metadataOf({ metadata = {} }: GrpcCallOptions): grpc.Metadata {
  const made = new grpc.Metadata();
  for (const [name, value] of Object.entries(metadata)) made.set(name, value);
  return made;
}

function callOptionsOf({ deadlineMs }: GrpcCallOptions): grpc.CallOptions {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}
