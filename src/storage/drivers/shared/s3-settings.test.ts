import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedDriver } from './driver.ts';
import { parseS3Endpoint } from './objects/s3-access.ts';
import { s3AccessOf } from './s3-settings.ts';

test('the address of an object store is a host, without anything that a log must not show', () => {
  assert.equal(parseS3Endpoint('https://s3.example.com/'), 'https://s3.example.com');
  assert.equal(parseS3Endpoint('http://[::1]:9000'), 'http://[::1]:9000');
  for (const text of ['s3.example.com', 'ftp://h', 'https://user:hush@h', 'https://h/bucket']) {
    assert.equal(parseS3Endpoint(text), undefined, text);
  }
});

test('what belongs together must be given together', () => {
  const settings = {
    ...Object.fromEntries(
      Object.entries(sharedDriver.settings).map(([field, { defaultValue }]) => [
        field,
        defaultValue,
      ]),
    ),
    redis: 'redis://h',
  } as Parameters<NonNullable<typeof sharedDriver.problems>>[0];
  const problems = (given: Partial<typeof settings>): string[] =>
    sharedDriver.problems?.({ ...settings, ...given }) ?? [];
  const s3 = 'https://h';
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems({ s3, bucket: 'cache' }), []);
  assert.deepEqual(problems({ s3 }), ['--s3 and --bucket must be given together']);
  assert.deepEqual(problems({ bucket: 'cache' }), ['--s3 and --bucket must be given together']);
  assert.deepEqual(problems({ s3, bucket: 'cache', s3KmsKey: 'k' }), [
    '--s3-kms-key requires --s3-sse aws:kms',
  ]);
  assert.deepEqual(problems({ localTierDir: '/tier' }), ['--local-tier requires --s3']);
  assert.equal(s3AccessOf({ ...settings, s3, bucket: 'cache' })?.prefix, 'memobuild/');
  assert.equal(s3AccessOf(settings), undefined);
});
