import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheError, type CacheErrorCode } from '../../core/index.ts';
import { bazelHttpStatus, bazelRefusal } from './errors.ts';

test('each code has a status of its own kind, and a text that Bazel reads whole', () => {
  for (const code of Object.keys(bazelHttpStatus) as CacheErrorCode[]) {
    const answer = bazelRefusal(new CacheError(code, 'x'.repeat(100_000)));
    assert.equal(answer.status, bazelHttpStatus[code]);
    assert.ok(answer.status >= 400 && answer.status < 600);
    const body = answer.body as Uint8Array;
    assert.ok(body.byteLength < 10 * 1024);
    assert.match(Buffer.from(body).toString(), new RegExp(`^${code}: `));
  }
});
