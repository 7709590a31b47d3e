import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
      const authenticator = createAuthenticator(credentials);
      for (const [access, expected] of [
        ['read', read],
        ['write', write],
      ] as const) {
        assert.equal(
          outcome(() => authenticator.authorize(header, access, {}).name),
          expected,
        );
      }
    });
  }
});

test('a connection that was let in with one credential is asked again for another', () => {
  const authenticator = createAuthenticator(credentials);
  const connection = {};
  const as = (header: string): string =>
    outcome(() => authenticator.authorize(header, 'write', connection).name);
  assert.equal(as('Bearer write-me'), 'writer');
  assert.equal(as('Bearer write-me'), 'writer');
  assert.equal(as('Bearer wrong'), 'unauthenticated');
  assert.equal(as('Bearer read-me'), 'forbidden');
  assert.equal(as('Bearer read-me'), 'forbidden');
  assert.equal(as('Bearer write-me'), 'writer');
});

test('without credentials everybody may do everything', () => {
  assert.equal(openToAll.authorize(undefined, 'write', {}).scope, 'write');
});

function outcome(act: () => string): string {
  try {
    return act();
  } catch (error) {
    return (error as { code: string }).code;
  }
}
