import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../../cache/index.ts';
import { CacheError } from '../../core/index.ts';
import type { Access } from '../../protocols/index.ts';

/** Says who presents a credential. */
export type Authenticator = Pick<Access, 'identify'>;

/** A credential as the server keeps it: the secret itself is nowhere in its memory. */
export interface Credential {
  readonly name: string;
  readonly scheme: 'bearer' | 'basic';
  /** SHA-256, in hex, of what follows the scheme: the token, or `user:password`. */
  readonly secretSha256: string;
  readonly scope: 'read' | 'write';
}

/** Takes everybody for somebody who may do everything: for a loopback address, or where the owner said so. */
export const openToAll: Authenticator = {
  identify: () => anonymous,
};

const anonymous: Principal = { name: 'anonymous', scope: 'write' };

/**
 * Compares what is presented with every credential, in the same time whichever matches and however
 * much of it does.
 */
export function createAuthenticator(credentials: readonly Credential[]): Authenticator {
  const known = credentials.map((credential) => ({
    scheme: credential.scheme,
    digest: Buffer.from(credential.secretSha256, 'hex'),
    principal: { name: credential.name, scope: credential.scope },
  }));
  // A connection presents the same header with every request: hash it once. The comparison below
  // reveals to a client only what it sent itself just before.
  const remembered = new WeakMap<object, { header: string; principal: Principal }>();

  const identify = (header: string): Principal | undefined => {
    const presented = parseAuthorization(header);
    if (presented === undefined) return undefined;
    const digest = createHash('sha256').update(presented.secret).digest();
    let found: Principal | undefined;
    for (const candidate of known) {
      const equal = timingSafeEqual(candidate.digest, digest);
      if (equal && candidate.scheme === presented.scheme) found = candidate.principal;
    }
    return found;
  };

  return {
    identify(authorization, connection) {
      if (authorization === undefined) {
        throw new CacheError(
          'unauthenticated',
          'this server requires a bearer or basic credential',
        );
      }
      const last = remembered.get(connection);
      const principal = last?.header === authorization ? last.principal : identify(authorization);
      if (principal === undefined) {
        throw new CacheError('unauthenticated', 'unknown credential');
      }
      if (last?.header !== authorization) {
        remembered.set(connection, { header: authorization, principal });
      }
      return principal;
    },
  };
}

/** What a secret is kept and compared as. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function parseAuthorization(
  header: string,
): { readonly scheme: 'bearer' | 'basic'; readonly secret: string } | undefined {
  const match = /^(bearer|basic) +(\S+) *$/i.exec(header);
  const text = match?.[2];
  if (text === undefined) return undefined;
  if (match?.[1]?.toLowerCase() === 'bearer') return { scheme: 'bearer', secret: text };
  return { scheme: 'basic', secret: Buffer.from(text, 'base64').toString('utf8') };
}
