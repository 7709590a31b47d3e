import { Connection } from './connection.ts';

/**
 * A connection that sends each request once, whatever happens to it. A server that dies ends its
 * connections as one does that closes them, so a request that is sent again may take effect twice:
 * for whoever records in which order writes took effect, that is another write.
 */
export class SingleAttemptConnection extends Connection {
  protected override mayResend(): boolean {
    return false;
  }
}
