import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';

/** The headers and trailers of a gRPC answer; empty until they have come. */
export class ReplyHeaders {
  #first: (IncomingHttpHeaders & IncomingHttpStatusHeader) | undefined;
  #trailers: IncomingHttpHeaders | undefined;

  constructor(stream: ClientHttp2Stream) {
    stream.on('response', (headers) => {
      this.#first = headers;
    });
    stream.on('trailers', (trailers) => {
      this.#trailers = trailers;
    });
  }

  /** HTTP's; 0 before it has come. */
  get status(): number {
    return this.#first?.[':status'] ?? 0;
  }

  /**
   * Whether it must end with a gRPC status: anything else comes from something that is not a gRPC
   * server.
   */
  get isGrpc(): boolean {
    const type = this.#first?.['content-type'];
    return this.status === 200 && type !== undefined && /^application\/grpc\b/i.test(type);
  }

  /**
   * By lower-case name. If a header comes both before and after the messages, the latter counts.
   */
  get(name: string): string | undefined {
    const value = this.#trailers?.[name] ?? this.#first?.[name];
    return typeof value === 'string' ? value : undefined;
  }
}
