import { messageOf, systemCodeOf } from '../../../core/index.ts';
import {
  type BodySink,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';

/** An exchange under way, and the promise of its reply. */
export interface PendingExchange {
  readonly request: HttpRequest;
  readonly onBody: BodySink | undefined;
  readonly resolve: (reply: HttpReply) => void;
  readonly reject: (error: unknown) => void;
  /** Whether its request was sent before, on a connection that had been closed. */
  isAgain: boolean;
}

/** Why an exchange of a connection that was closed for good fails. */
export function runIsOver(): OperationFailure {
  return new OperationFailure('reset', 'the run is over');
}

/** Why an exchange fails that was under way when its connection was closed for good. */
export function endedByRun(): OperationFailure {
  return new OperationFailure('reset', 'the run ended this connection');
}

export function timedOut(): OperationFailure {
  return new OperationFailure('timeout', 'no complete answer within the timeout');
}

/**
 * Why an exchange fails whose connection could not be made: `refused` by the target, or not even
 * asked for, because the `generator`'s machine has no port or open file left.
 */
export function notConnected(error: unknown): OperationFailure {
  const message = messageOf(error ?? 'the connection was closed before it was established');
  return new OperationFailure(isOfThisMachine(error) ? 'generator' : 'refused', message, {
    cause: error,
  });
}

function isOfThisMachine(error: unknown): boolean {
  // One error for each address of a name: the target is to blame if one of them is its own.
  if (error instanceof AggregateError) return error.errors.every(isOfThisMachine);
  const code = systemCodeOf(error);
  return code !== undefined && machineCodes.has(code);
}

/** connect(2), socket(2): no local port, no file descriptor, no memory for buffers. */
const machineCodes: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
]);

/**
 * Whether a request may be sent once more: it was the first thing to be sent on a kept connection
 * since its last answer, and the connection ended in order (FIN, which also makes a later write fail
 * with EPIPE) before a byte of the answer came. The server had closed it, and the request crossed the
 * close (RFC 9110, 9.2.2; RFC 9112, 9.3.1). A reset is not that: it is what happens to a request.
 */
export function wasStale(error: Error | undefined): boolean {
  return error === undefined || systemCodeOf(error) === 'EPIPE';
}

/** How a connection ended that broke off: for the failure's message. */
export function brokeBy(error: Error | undefined): string {
  return `broke (${systemCodeOf(error) ?? 'closed'})`;
}
