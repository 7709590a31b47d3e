import assert from 'node:assert/strict';
import { test } from 'node:test';
import { throwUnless } from './body-check.ts';
import { OperationFailure } from './load-client.ts';

const failureOf = (status: number, location?: string): OperationFailure => {
  const header = (name: string): string | undefined => (name === 'location' ? location : undefined);
  try {
    throwUnless(false, { status, header }, 'a lookup');
  } catch (error) {
    assert.ok(error instanceof OperationFailure);
    return error;
  }
  return assert.fail('nothing was thrown');
};

test('a redirect is called one, with where it leads and without secrets', () => {
  const { kind, message } = failureOf(302, 'https://me:pass@cache.test/login?token=secret#x');
  assert.equal(kind, 'protocol');
  assert.match(message, /a redirect \(status 302\) to https:\/\/cache\.test\/login, which/);
  assert.match(failureOf(301, '/other').message, /to \/other,/);
  assert.ok(failureOf(307, `/${'a'.repeat(9000)}`).message.length < 400);
});

test('other statuses are named as before', () => {
  assert.equal(failureOf(403).kind, 'http_4xx');
  assert.equal(failureOf(503, 'https://elsewhere.test').kind, 'http_5xx');
  assert.equal(failureOf(503).message, 'a lookup was answered with status 503');
  assert.equal(failureOf(304).message, 'a lookup was answered with status 304');
});
