import assert from 'node:assert/strict';
import test from 'node:test';
import { handArguments, takeArguments } from './handed-arguments.ts';

test('arguments are handed over in the environment, once', () => {
  const args = ['loadtest', '--target', 'http://me:s3 cret@host', '', 'ä\n"'];
  const env = handArguments(args, { HOME: '/home/me' });
  assert.deepEqual(takeArguments([], env), args);
  assert.deepEqual(env, { HOME: '/home/me' }, 'what the process starts does not inherit them');
  assert.deepEqual(takeArguments([], env), []);
});

test('a process that was given arguments uses these', () => {
  const env = handArguments(['serve'], {});
  assert.deepEqual(takeArguments(['loadtest'], env), ['loadtest']);
  assert.deepEqual(env, {});
});

test('what is not a list of arguments is refused without being shown', () => {
  for (const text of ['{"a":"s3cret"}', '["a",1]', '"s3cret"']) {
    assert.throws(
      () => takeArguments([], { MEMOBUILD_ARGUMENTS: text }),
      /MEMOBUILD_ARGUMENTS must be/,
    );
  }
});
