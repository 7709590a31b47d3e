import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Caller, nobody, type Principal } from '../../cache/index.ts';
import { CacheError, type Logger } from '../../core/index.ts';
import {
  type Access,
  contentLengthOf,
  namespaceText,
  type RequestHeaders,
  type Resource,
  type Route,
  textResponse,
  type UniversalRequest,
  type UniversalResponse,
} from '../../protocols/index.ts';
import type { Lifecycle } from '../listener/lifecycle.ts';
import type { OutputBudget } from '../listener/output-budget.ts';
import { type BodyLimits, readBody } from '../listener/request-body.ts';
import type { AccessLine } from '../telemetry/access-log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { BrowserGuard } from './browser-guard.ts';
import { asCacheError, pathOf, type Router } from './router.ts';
import { type AnswerLimits, sendStream, sendWhole } from './send-response.ts';

/** Serves one request of Node's HTTP server: finds its route, checks who asks, answers. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  /** Whether the client waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean,
) => void;

export interface RequestHandlerOptions {
  readonly router: Router;
  readonly guard: BrowserGuard;
  readonly access: Access;
  readonly telemetry: Telemetry;
  readonly lifecycle: Lifecycle;
  readonly output: OutputBudget;
  readonly limits: BodyLimits & AnswerLimits;
  readonly logger: Logger;
  /** Called once a request is over, if access lines are enabled. */
  readonly onAccess?: ((line: AccessLine) => void) | undefined;
}

/** Makes the handler that `listen-http.ts` puts behind its listeners. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  return (request, response, expectsContinue) => {
    try {
      serve(options, request, response, expectsContinue);
    } catch (error) {
      giveUp(options, request, response, error);
    }
  };
}

function serve(
  options: RequestHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): void {
  const startedMs = performance.now();
  const method = request.method ?? 'GET';
  const url = request.url ?? '/';
  const path = pathOf(url);
  const { headers } = request;
  const route = options.guard.routeFor(method, headers, options.router(method, path));
  const universal = new NodeRequest(request, response, path, route, options);
  options.telemetry.requestStarted();
  response.once('close', () => {
    const durationMs = performance.now() - startedMs;
    options.output.note(request.socket, 0);
    options.telemetry.requestEnded(route, method, response.statusCode, durationMs);
    options.onAccess?.({
      method,
      url,
      status: response.statusCode,
      durationMs,
      principal: universal.principal.name,
      remote: request.socket.remoteAddress,
      complete: response.writableFinished,
    });
  });
  const fail = (error: unknown): void => {
    try {
      refuse(options, route, request, response, error);
    } catch (unexpected) {
      giveUp(options, request, response, unexpected);
    }
  };
  try {
    admit(options, route, universal, request);
    if (expectsContinue) response.writeContinue();
    const answer = route.handle(universal);
    if (answer instanceof Promise) {
      answer.then((late) => send(options, request, response, late, fail)).catch(fail);
    } else {
      send(options, request, response, answer, fail);
    }
  } catch (error) {
    fail(error);
  }
}

/** An unexpected error ends its connection rather than the process, which serves all the others. */
function giveUp(
  { logger }: RequestHandlerOptions,
  { method, url }: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  logger.error({ err: error, method, url }, 'a request failed and its connection was closed');
  response.destroy();
}

/** Everything that is decided from the head alone. */
function admit(
  options: RequestHandlerOptions,
  route: Route,
  universal: NodeRequest,
  request: IncomingMessage,
): void {
  if (route.resource !== undefined) {
    const { access } = options;
    universal.principal = access.identify(request.headers.authorization, request.socket);
    access.permit(universal.principal, route.resource);
  }
  const announcedBytes = contentLengthOf(request.headers);
  if (announcedBytes !== undefined && announcedBytes > route.bodyBytesMax) {
    const taken =
      route.bodyBytesMax === 0
        ? 'no body is allowed'
        : `at most ${route.bodyBytesMax} bytes are allowed`;
    throw new CacheError('too_large', `the body has ${announcedBytes} bytes, ${taken}`);
  }
}

function send(
  options: RequestHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  answer: UniversalResponse,
  fail: (error: unknown) => void,
): void {
  announceClose(options, response);
  if (answer.body === undefined || answer.body instanceof Uint8Array) {
    sendWhole(request, response, answer, options);
    return;
  }
  sendStream(request, response, answer, options).catch(fail);
}

/** Decided when the answer goes out: the draining may have begun while the request ran. */
function announceClose({ lifecycle }: RequestHandlerOptions, response: ServerResponse): void {
  if (lifecycle.draining) response.shouldKeepAlive = false;
}

function refuse(
  options: RequestHandlerOptions,
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
): void {
  const error = asCacheError(thrown);
  if (!(thrown instanceof CacheError)) {
    options.logger.error(
      { err: thrown, method: request.method, url: request.url },
      'request failed',
    );
  }
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const answer = refusalOf(route, error);
  const headers =
    error.code === 'unauthenticated'
      ? { ...answer.headers, 'www-authenticate': challenges }
      : answer.headers;
  const body = request.method === 'HEAD' ? undefined : answer.body;
  announceClose(options, response);
  sendWhole(request, response, { status: answer.status, headers, body }, options);
}

/** A line each: Apache's client, which Maven uses, reads only the first scheme of a line. */
const challenges = ['Bearer', 'Basic realm="memobuild"'];

function refusalOf(route: Route, error: CacheError): UniversalResponse {
  try {
    return route.refuse(error);
  } catch {
    return textResponse(503, `${error.code}: ${error.message}`);
  }
}

/** A request as the protocols see it; its costly parts are made on first use. */
class NodeRequest implements UniversalRequest {
  principal: Principal = nobody;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #path: string;
  readonly #route: Route;
  readonly #options: Pick<RequestHandlerOptions, 'access' | 'limits'>;
  #signal: AbortSignal | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    route: Route,
    options: Pick<RequestHandlerOptions, 'access' | 'limits'>,
  ) {
    this.#request = request;
    this.#response = response;
    this.#path = path;
    this.#route = route;
    this.#options = options;
  }

  callerFor(namespace: Resource['namespace'], protocol: string): Caller {
    const { resource } = this.#route;
    if (resource === undefined) throw new CacheError('forbidden', 'this path touches no resource');
    if (namespace !== resource.namespace) {
      this.#options.access.permit(this.principal, { namespace, action: resource.action });
    }
    return { principal: this.principal, namespace: namespaceText(namespace), protocol };
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get url(): string {
    return this.#path;
  }

  get headers(): RequestHeaders {
    return this.#request.headers;
  }

  get body(): AsyncIterable<Uint8Array> {
    return readBody(this.#request, this.#options.limits);
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      const response = this.#response;
      const abort = (): void => {
        if (response.writableFinished) return;
        controller.abort(new CacheError('aborted', 'the client went away'));
      };
      if (response.closed) abort();
      else response.once('close', abort);
      this.#signal = controller.signal;
    }
    return this.#signal;
  }
}
