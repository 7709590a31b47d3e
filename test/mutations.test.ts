import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mutations } from './mutations/mutations.ts';

const root = join(import.meta.dirname, '..');

// Running them takes half an hour (`npm run mutate`); that they still fit takes a moment.
for (const { name, file, find, replace, tests } of mutations) {
  test(`can be broken: ${name}`, () => {
    const source = readFileSync(join(root, file), 'utf8');
    assert.equal(source.split(find).length - 1, 1, `${file} has \`${find}\` not exactly once`);
    assert.notEqual(find, replace);
    for (const path of tests) assert.ok(existsSync(join(root, path)), `${path} is gone`);
  });
}
