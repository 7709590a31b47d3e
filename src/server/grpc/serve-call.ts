import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { nobody } from '../../cache/index.ts';
import { CacheError, type Logger } from '../../core/index.ts';
import { type Access, someNamespace } from '../../protocols/index.ts';
import { GrpcFailure, type GrpcMethod } from '../../protocols/reapi/index.ts';
import type { AccessLine } from '../telemetry/access-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { type ConnectionOutput, freeAnswerBytesMax } from './connection-output.ts';
import { type GrpcCallLimits, noSuchMethod, ServedCall } from './grpc-call.ts';
import { type MessageLimits, readMessage, readMessages } from './read-messages.ts';

export interface CallServerOptions {
  readonly methods: readonly GrpcMethod[];
  readonly access: Access;
  readonly telemetry: Telemetry;
  readonly limits: GrpcCallLimits;
  readonly logger: Logger;
  readonly onAccess?: ((line: AccessLine) => void) | undefined;
}

/** Serves one stream of an HTTP/2 connection: finds its method, checks who asks, answers. */
export type CallServer = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  output: ConnectionOutput,
) => void;

export function createCallServer(options: CallServerOptions): CallServer {
  const byPath = new Map(options.methods.map((method) => [method.path, method]));
  const start: CallServer = (stream, headers, output) => {
    if (!isGrpc(headers)) {
      stream.respond({ ':status': 415, 'accept-post': 'application/grpc' }, { endStream: true });
      stream.resume();
      return;
    }
    const path = headers[':path'] ?? '';
    const method = byPath.get(path);
    const call = new ServedCall(stream, headers, { ...options, output });
    record(options, call, method, path);
    serve(options, call, method ?? noSuchMethod(path), headers).catch((error: unknown) => {
      const isKnown = error instanceof CacheError || error instanceof GrpcFailure;
      if (!isKnown) options.logger.error({ err: error, path }, 'call failed');
      try {
        call.fail(error);
      } catch (unexpected) {
        end(stream, unexpected);
      }
    });
  };
  // An unexpected error ends its call rather than the process, which serves all the others.
  const end = (stream: ServerHttp2Stream, error: unknown): void => {
    options.logger.error({ err: error }, 'a call failed and was closed');
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  };
  return (stream, headers, output) => {
    try {
      start(stream, headers, output);
    } catch (error) {
      end(stream, error);
    }
  };
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers['content-type'];
  if (headers[':method'] !== 'POST' || type === undefined) return false;
  return /^application\/grpc(?:\+proto)?(?:;.*)?$/.test(type);
}

async function serve(
  options: CallServerOptions,
  call: ServedCall,
  method: GrpcMethod | GrpcFailure,
  headers: IncomingHttpHeaders,
): Promise<void> {
  if (method instanceof GrpcFailure) throw method;
  const { stream } = call;
  call.keepDeadline();
  admit(options, method, call, headers.authorization);
  const encoding = String(headers['grpc-encoding'] ?? 'identity');
  const limits: MessageLimits = {
    ...options.limits,
    messageBytesMax: method.messageBytesMax,
    takesCompressed: call.principal !== nobody,
    onHeld: call.holdMessage,
  };
  switch (method.kind) {
    case 'unary': {
      const message = await readMessage(stream, encoding, limits);
      const room = call.roomFor(method.roomBytesOf(message.byteLength));
      if (room !== undefined) await room;
      const answer = method.handle(message, call);
      const sent = call.answer(answer instanceof Promise ? await answer : answer);
      if (sent !== undefined) await sent;
      return;
    }
    case 'server_stream':
      return await send(call, method.handle(await readMessage(stream, encoding, limits), call));
    case 'client_stream': {
      const answer = await withMessages(call, encoding, limits, (messages) =>
        method.handle(messages, call),
      );
      await call.answer(answer);
      return;
    }
    case 'both_streams':
      await withMessages(call, encoding, limits, (messages) =>
        send(call, method.handle(messages, call)),
      );
      return;
  }
}

/**
 * Decides before the message is read, as far as that is possible without the namespace inside it.
 * @throws {CacheError} `unauthenticated`, `forbidden`, `read_only`.
 */
function admit(
  { access }: CallServerOptions,
  method: GrpcMethod,
  call: ServedCall,
  authorization: string | undefined,
): void {
  const connection = call.stream.session ?? call.stream;
  if (method.access === 'open') {
    try {
      // An authenticated client learns what its credential permits.
      call.principal = access.identify(authorization, connection);
    } catch {
      call.principal = nobody;
    }
    return;
  }
  call.principal = access.identify(authorization, connection);
  call.action = method.access;
  access.permit(call.principal, { namespace: someNamespace, action: method.access });
}

/** Lets go of the stream when the method has seen enough of it: what comes after is not its business. */
async function withMessages<T>(
  { stream }: ServedCall,
  encoding: string,
  limits: MessageLimits,
  use: (messages: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const messages = readMessages(stream, encoding, limits);
  try {
    return await use(messages);
  } finally {
    // Not waited for: the method may have ended while the client's next message is still to come.
    messages.return().catch(() => {});
  }
}

async function send(
  call: ServedCall,
  messages: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<void> {
  const only = Symbol.asyncIterator in messages || messages.length > 1 ? undefined : messages[0];
  if (only !== undefined && only.byteLength <= freeAnswerBytesMax) {
    await call.answer(only);
    return;
  }
  for await (const message of messages) await call.write(message);
  call.end();
}

function record(
  { telemetry, onAccess }: CallServerOptions,
  call: ServedCall,
  method: GrpcMethod | undefined,
  path: string,
): void {
  const startedMs = performance.now();
  telemetry.requestStarted();
  const remote = call.stream.session?.socket.remoteAddress;
  call.stream.once('close', () => {
    const durationMs = performance.now() - startedMs;
    const name = method?.path.slice(method.path.lastIndexOf('/') + 1) ?? 'unknown';
    const status = call.code ?? cancelled;
    const route = { name: 'grpc', operation: method?.operation ?? 'other' };
    telemetry.requestEnded(route, name, status, durationMs);
    onAccess?.({
      method: 'GRPC',
      url: path,
      status,
      durationMs,
      principal: call.principal.name,
      remote,
      complete: call.code !== undefined,
      ...clientOf(call),
    });
  });
}

const cancelled = 1;

function clientOf({ client }: ServedCall): Pick<AccessLine, 'tool' | 'invocation'> {
  if (client === undefined) return {};
  const tool = `${client.toolName} ${client.toolVersion}`.trim().slice(0, 100);
  return { tool, invocation: client.invocationId.slice(0, 100) };
}
