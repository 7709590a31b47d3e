import { OperationFailure } from '../../protocols/shared/load-client.ts';

/** How many retries an operation has left. */
export interface Tries {
  left: number;
}

/** Nearly every run needs none, and then pays for none. */
export function withRetries<T>(tries: Tries, attempt: () => Promise<T>): Promise<T> {
  return tries.left === 0 ? attempt() : retrying(tries, attempt);
}

async function retrying<T>(tries: Tries, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (tries.left === 0 || !mayRetry(error)) throw error;
      tries.left -= 1;
    }
  }
}

/** A final rejection or a wrong answer is not retried. */
function mayRetry(error: unknown): boolean {
  return (
    error instanceof OperationFailure &&
    (error.kind === 'refused' || error.kind === 'reset' || error.kind === 'http_5xx')
  );
}
