// `npm run mutate`: breaks one thing after the other in a copy of the tree and runs the tests that
// must notice. A test that can't fail proves nothing. `npm run mutate -- wrong lost`: only those
// whose name or file holds one of the words.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokenCopy } from './broken-copy.ts';
import { type Mutation, mutations } from './mutations.ts';

const words = process.argv.slice(2);
const chosen = mutations.filter(
  ({ name, file }) =>
    words.length === 0 || words.some((word) => name.includes(word) || file.includes(word)),
);
const copy = new BrokenCopy(
  join(import.meta.dirname, '..', '..'),
  mkdtempSync(join(tmpdir(), 'memobuild-mutations-')),
);
try {
  process.exitCode = proveGreen(chosen) && proveRed(chosen) ? 0 : 1;
} finally {
  copy.remove();
}

/** Red says something only where the unbroken tree is green. */
function proveGreen(list: readonly Mutation[]): boolean {
  let isGreen = true;
  for (const file of new Set(list.flatMap(({ tests }) => tests))) {
    const { failed, passed } = copy.test([file]);
    if (failed.length === 0 && passed > 0) continue;
    isGreen = false;
    process.stdout.write(`NOT GREEN  ${file}: ${failed.join('; ')}\n`);
  }
  return isGreen;
}

function proveRed(list: readonly Mutation[]): boolean {
  let survivors = 0;
  for (const mutation of list) {
    const mend = copy.break(mutation);
    const { failed } = copy.test(mutation.tests);
    mend();
    if (failed.length === 0) survivors += 1;
    const what = failed.length === 0 ? 'UNNOTICED' : 'noticed  ';
    process.stdout.write(`${what}  ${mutation.name} (${mutation.file})\n`);
    for (const name of failed.slice(0, 3)) process.stdout.write(`             ${name}\n`);
  }
  process.stdout.write(`${list.length - survivors} of ${list.length} noticed\n`);
  return survivors === 0;
}
