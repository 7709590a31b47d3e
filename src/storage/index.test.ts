import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { publicNamesOf, readModules } from '../testing/public-names.ts';

const doors = [
  'index.ts',
  'drivers/embedded/index.ts',
  'drivers/memory/index.ts',
  'conformance/index.ts',
].map((file) => join(import.meta.dirname, file));

test('each name that memobuild/storage, its drivers embedded and memory, and conformance show has a doc comment', () => {
  const program = readModules(doors);
  const names = doors.flatMap((door) => publicNamesOf(door, program));
  assert.ok(names.length > 50, `${names.length} names`);
  assert.deepEqual(
    names.filter(({ doc }) => doc.trim() === '').map(({ name }) => name),
    [],
  );
});
