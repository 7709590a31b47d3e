import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../testing/program.ts';
import { conditionNames } from './comparability.ts';

const page = join(repositoryRoot, 'docs', 'compare.md');
const marks = ['<!-- compared -->\n', '<!-- end of compared -->'] as const;

test('docs/compare.md lists what compared runs must agree in (UPDATE=1 writes it)', async () => {
  const text = await readFile(page, 'utf8');
  const [before, rest] = text.split(marks[0]);
  const [documented, after] = rest?.split(marks[1]) ?? [];
  assert.ok(before !== undefined && documented !== undefined && after !== undefined);
  const list = `${conditionNames.join(', ')}.\n`;
  if (process.env.UPDATE === '1') {
    await writeFile(page, `${before}${marks[0]}${list}${marks[1]}${after}`);
  } else {
    assert.equal(documented, list);
  }
});
