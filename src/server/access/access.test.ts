import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyNamespace, type Resource, someNamespace } from '../../protocols/index.ts';
import { createAccess, permits } from './access.ts';
import { type Credential, createAuthenticator, hashSecret, openToAll } from './auth.ts';

const credentials: readonly Credential[] = [
  { name: 'reader', scheme: 'bearer', secretSha256: hashSecret('read-me'), scope: 'read' },
  { name: 'writer', scheme: 'bearer', secretSha256: hashSecret('write-me'), scope: 'write' },
  { name: 'anna', scheme: 'basic', secretSha256: hashSecret('anna:p:w'), scope: 'write' },
];
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

const cases = [
  { header: undefined, read: 'unauthenticated', write: 'unauthenticated' },
  { header: '', read: 'unauthenticated', write: 'unauthenticated' },
  { header: 'Bearer', read: 'unauthenticated', write: 'unauthenticated' },
  { header: 'Bearer wrong', read: 'unauthenticated', write: 'unauthenticated' },
  { header: 'Bearer read-me', read: 'reader', write: 'forbidden' },
  { header: 'bearer read-me', read: 'reader', write: 'forbidden' },
  { header: 'Bearer write-me', read: 'writer', write: 'writer' },
  { header: 'Bearer write-me x', read: 'unauthenticated', write: 'unauthenticated' },
  { header: 'Bearer anna:p:w', read: 'unauthenticated', write: 'unauthenticated' },
  { header: basic('anna:p:w'), read: 'anna', write: 'anna' },
  { header: basic('anna:p'), read: 'unauthenticated', write: 'unauthenticated' },
  { header: basic('read-me'), read: 'unauthenticated', write: 'unauthenticated' },
  { header: 'Digest write-me', read: 'unauthenticated', write: 'unauthenticated' },
];

describe('who may what', () => {
  for (const { header, read, write } of cases) {
    test(String(header), () => {
      for (const namespace of ['', 'team', someNamespace, everyNamespace] as const) {
        for (const [action, expected] of [
          ['read', read],
          ['write', write],
          ['admin', write],
        ] as const) {
          assert.equal(asked(header, { namespace, action }), expected);
        }
      }
    });
  }
});

test('a connection that was let in with one credential is asked again for another', () => {
  const access = accessOf();
  const connection = {};
  const as = (header: string): string =>
    outcome(() => {
      const principal = access.identify(header, connection);
      access.permit(principal, { namespace: '', action: 'write' });
      return principal.name;
    });
  assert.equal(as('Bearer write-me'), 'writer');
  assert.equal(as('Bearer write-me'), 'writer');
  assert.equal(as('Bearer wrong'), 'unauthenticated');
  assert.equal(as('Bearer read-me'), 'forbidden');
  assert.equal(as('Bearer read-me'), 'forbidden');
  assert.equal(as('Bearer write-me'), 'writer');
});

test('without credentials everybody may do everything', () => {
  const access = createAccess({ authenticator: openToAll, readOnly: false });
  const principal = access.identify(undefined, {});
  for (const action of ['read', 'write', 'admin'] as const) {
    assert.ok(permits(access, principal, { namespace: everyNamespace, action }));
  }
});

test('a read-only server says so to writers, and to others that they lack permission', () => {
  for (const action of ['write', 'admin'] as const) {
    const resource: Resource = { namespace: '', action };
    assert.equal(asked('Bearer write-me', resource, true), 'read_only');
    assert.equal(asked('Bearer read-me', resource, true), 'forbidden');
    assert.equal(asked('Bearer wrong', resource, true), 'unauthenticated');
  }
  assert.equal(asked('Bearer write-me', { namespace: '', action: 'read' }, true), 'writer');
});

function accessOf(readOnly = false): ReturnType<typeof createAccess> {
  return createAccess({ authenticator: createAuthenticator(credentials), readOnly });
}

/** Who it is, or why not. */
function asked(header: string | undefined, resource: Resource, readOnly = false): string {
  const access = accessOf(readOnly);
  return outcome(() => {
    const principal = access.identify(header, {});
    access.permit(principal, resource);
    return principal.name;
  });
}

function outcome(act: () => string): string {
  try {
    return act();
  } catch (error) {
    return (error as { code: string }).code;
  }
}
