import assert from 'node:assert/strict';
import test from 'node:test';
import {
  ConfigError,
  LoadTestError,
  type LoadTestErrorCode,
  ResultFileError,
  readResultFile,
  runLoadTest,
} from '../../loadtest/internal.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { orCommandError } from './load-test-errors.ts';

async function commandErrorOf(
  work: Promise<unknown>,
  named?: (message: string) => string,
): Promise<CommandError> {
  try {
    await orCommandError(work, named);
  } catch (error) {
    assert.ok(error instanceof CommandError, String(error));
    return error;
  }
  throw new Error('it succeeded');
}

const expected: Readonly<Record<LoadTestErrorCode, number>> = {
  no_target: 3,
  nothing_stored: 3,
  no_room: 2,
  interrupted: 130,
  bad_scenario: 2,
  result_file: 3,
  nothing_to_compare: 2,
  not_mergeable: 3,
  machine: 3,
};

for (const [code, exitCode] of Object.entries(expected) as [LoadTestErrorCode, number][]) {
  test(`${code} ends a command with ${exitCode}`, async () => {
    const cause = new LoadTestError(code, 'maxStoredBytes is small');
    const error = await commandErrorOf(Promise.reject(cause), (text) => text.toUpperCase());
    assert.equal(error.exitCode, exitCode);
    assert.equal(error.message, 'MAXSTOREDBYTES IS SMALL');
    assert.equal(error.cause, cause);
  });
}

test('a configuration that is wrong is wrong usage', async () => {
  const error = await commandErrorOf(runLoadTest({ numClients: 0 }));
  assert.equal(error.exitCode, exitCodes.usage);
  assert.ok(error.cause instanceof ConfigError);
});

test('a missing result file ends with 3', async () => {
  const error = await commandErrorOf(readResultFile('/nowhere/run.json'));
  assert.equal(error.exitCode, exitCodes.noAnswer);
  assert.ok(error.cause instanceof ResultFileError);
});

test('any other error stays what it is, and so does an answer', async () => {
  const mistake = new TypeError('a mistake');
  await assert.rejects(orCommandError(Promise.reject(mistake)), (error) => error === mistake);
  assert.equal(await orCommandError(Promise.resolve(7)), 7);
});
