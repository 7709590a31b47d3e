import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../testing/program.ts';
import { allSettings } from './schema.ts';

test('docs/configuration.md has a row for each setting, and none for another', async () => {
  const text = await readFile(join(repositoryRoot, 'docs', 'configuration.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.map((row) =>
    row.split('|').map((cell) => cell.trim().replaceAll('`', '')),
  );
  assert.deepEqual(
    documented.map(([, key, flag, env]) => ({ key, flag, env })),
    allSettings.map(({ key, flag, env }) => ({ key, flag: flag ?? '', env })),
  );
});

test('docs/configuration.md names every setting that only a new start changes, and no other', async () => {
  const text = await readFile(join(repositoryRoot, 'docs', 'configuration.md'), 'utf8');
  const sentence =
    /^SIGHUP reloads .*? keep their values until the next start/m.exec(text)?.[0] ?? '';
  const named = [...sentence.matchAll(/`([^`]+)`/g)].map(([, key]) => key);
  assert.deepEqual(
    named,
    allSettings.filter(({ setting }) => setting.needsRestart === true).map(({ key }) => key),
  );
});
