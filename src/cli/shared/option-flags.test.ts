import assert from 'node:assert/strict';
import test from 'node:test';
import { runLoadTest } from '../../loadtest/internal.ts';
import { orCommandError } from './load-test-errors.ts';
import { withFlagNames } from './option-flags.ts';

test("the library's options are called by their flags, and words of the language stay", () => {
  assert.equal(
    withFlagNames('raise maxStoredBytes, or a lower rate of the keys'),
    'raise --max-stored, or a lower rate of the keys',
  );
  assert.equal(withFlagNames('maxStoredBytesOrNot'), 'maxStoredBytesOrNot');
});

test('a run that may store nothing names the flags that bound it', async () => {
  const run = runLoadTest({ target: 'http://127.0.0.1:9', maxStoredBytes: 1 });
  await assert.rejects(orCommandError(run, withFlagNames), {
    name: 'CommandError',
    exitCode: 2,
    message: '--max-stored and --working-set-bytes leave no room for one artifact',
  });
});
