import { CacheError, type Logger } from '../../core/index.ts';
import type { Access } from '../../protocols/index.ts';

/** At most one line per this time: whoever tries passwords must not fill the disk. */
const lineIntervalMs = 1000;

/** Makes access decisions, and logs failed attempts. */
export interface AuditedAccess extends Access {
  /**
   * Notes a failed login, for callers that try several forms of one credential without logging
   * each.
   * @param connection its `remoteAddress`, if it has one, is logged.
   */
  loginFailed(connection: object): void;
}

/**
 * Makes the same decisions, and counts and logs failed logins: unknown credentials. A request
 * without a credential is not a login: many clients try without one first.
 */
export function auditedAccess(
  access: Access,
  onFailure: () => void,
  logger: Logger,
): AuditedAccess {
  let unlogged = 0;
  let lastLineMs = Number.NEGATIVE_INFINITY;
  const note = (connection: object): void => {
    onFailure();
    unlogged += 1;
    const nowMs = performance.now();
    if (nowMs - lastLineMs < lineIntervalMs) return;
    lastLineMs = nowMs;
    const { remoteAddress } = connection as { readonly remoteAddress?: unknown };
    logger.warn({ remote: remoteAddress, attempts: unlogged }, 'failed login');
    unlogged = 0;
  };
  return {
    loginFailed: note,
    permit: access.permit,
    identify(authorization, connection) {
      try {
        return access.identify(authorization, connection);
      } catch (error) {
        const isFailure = error instanceof CacheError && error.code === 'unauthenticated';
        if (isFailure && authorization !== undefined) note(connection);
        throw error;
      }
    },
  };
}
