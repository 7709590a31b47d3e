import type { Principal } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { Access, Resource } from '../../protocols/index.ts';
import type { Authenticator } from './auth.ts';

/**
 * Decides who may do what on a server: by the scope of the credential first, then by whether the
 * server takes writes at all. A scope counts in every namespace.
 */
export function createAccess(options: {
  readonly authenticator: Authenticator;
  /** Refuses all but reads. */
  readonly readOnly: boolean;
}): Access {
  const { authenticator, readOnly } = options;
  return {
    identify: authenticator.identify,
    permit: ({ scope }: Principal, { action }: Resource): void => {
      if (action === 'read') return;
      if (scope !== 'write') {
        throw new CacheError('forbidden', 'this credential may read but not write');
      }
      if (readOnly) throw new CacheError('read_only', 'this server is read-only');
    },
  };
}

/** Whether they may. */
export function permits(access: Access, principal: Principal, resource: Resource): boolean {
  try {
    access.permit(principal, resource);
    return true;
  } catch {
    return false;
  }
}
