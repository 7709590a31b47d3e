import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../testing/program.ts';
import { storeDrivers } from './index.ts';

const names: readonly string[] = storeDrivers.map(({ name }) => name).sort();

test('each driver has a folder of its name, and each folder is registered', () => {
  const entries = readdirSync(import.meta.dirname, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(folders.sort(), names);
});

test('the package exports each driver under its name', async () => {
  const text = await readFile(join(repositoryRoot, 'package.json'), 'utf8');
  const { exports } = JSON.parse(text) as { exports: Record<string, { default: string }> };
  for (const name of names) {
    const target = exports[`./storage/${name}`]?.default;
    assert.equal(target, `./dist/storage/drivers/${name}/index.js`);
  }
});

test('no setting of a driver takes the field of another', () => {
  const fields = storeDrivers.flatMap(({ settings }) => Object.keys(settings));
  assert.deepEqual(fields, [...new Set(fields)]);
});
