import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instancePath } from './instance-path.ts';

test('an instance is a path, each segment encoded', () => {
  assert.equal(instancePath(''), '');
  assert.equal(instancePath('/a//b/'), '/a/b');
  assert.equal(instancePath('ä?#'), '/%C3%A4%3F%23');
});
