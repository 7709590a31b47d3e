import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerTables, renderAnswerTable } from './status-tables.ts';

const dir = join(import.meta.dirname, '../../../docs/clients');
const place = /<!-- answers: (\w+) -->\n[\s\S]*?<!-- end -->/g;

test('the pages of docs/clients say what the code answers (UPDATE=1 writes it)', () => {
  const shown = new Set<string>();
  for (const page of readdirSync(dir)) {
    const file = join(dir, page);
    const text = readFileSync(file, 'utf8');
    const current = text.replaceAll(place, (_, name: string) => {
      shown.add(name);
      const table = answerTables[name];
      assert.ok(table !== undefined, `${page}: there is no table called ${name}`);
      return `<!-- answers: ${name} -->\n${renderAnswerTable(table)}\n<!-- end -->`;
    });
    if (process.env.UPDATE === '1') writeFileSync(file, current);
    else assert.equal(text, current, page);
  }
  assert.deepEqual([...shown].sort(), Object.keys(answerTables).sort());
});
