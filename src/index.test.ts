import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { publicNamesOf } from './testing/public-names.ts';

test("the package's root shows these names, each with a doc comment", () => {
  const names = publicNamesOf(join(import.meta.dirname, 'index.ts'));
  assert.deepEqual(
    names.map(({ name }) => name),
    [
      'CacheStartError',
      'CacheStartErrorCode',
      'RunningCache',
      'StartCacheOptions',
      'memobuildVersion',
      'startCache',
    ],
  );
  assert.deepEqual(
    names.filter(({ doc }) => doc.trim() === '').map(({ name }) => name),
    [],
  );
});
