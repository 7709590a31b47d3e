import { messageOf, systemCodeOf } from '../../../core/index.ts';
import {
  type BodySink,
  type HttpReply,
  type HttpRequest,
  OperationFailure,
} from '../../../protocols/shared/load-client.ts';

/** An exchange under way, and who waits for it. */
export interface PendingExchange {
  readonly request: HttpRequest;
  readonly onBody: BodySink | undefined;
  readonly resolve: (reply: HttpReply) => void;
  readonly reject: (error: unknown) => void;
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
  return new OperationFailure('timeout', 'no whole answer within the timeout');
}

/** Why an exchange fails whose connection could not be made. */
export function notConnected(error: unknown): OperationFailure {
  const message = messageOf(error ?? 'the connection was closed before it was made');
  return new OperationFailure('refused', message, { cause: error });
}

/** How a connection ended that broke off: for the failure's message. */
export function brokeBy(error: Error | undefined): string {
  return `broke (${systemCodeOf(error) ?? 'closed'})`;
}
