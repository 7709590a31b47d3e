// `npm run mutate`: breaks one thing after the other in a copy of the tree and runs the tests that
// must notice. A test that can't fail proves nothing. `npm run mutate -- wrong lost`: only those
// whose name or file holds one of the words.
//
// Exit codes: 0 all noticed, 1 not all, or a test is red without a mutation, 2 no mutation has such a
// name, or one no longer fits the sources.
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyMutation, BrokenCopy } from './broken-copy.ts';
import { type Mutation, mutations } from './mutations.ts';

const root = join(import.meta.dirname, '..', '..');
const words = process.argv.slice(2);
const chosen = mutations.filter(
  ({ name, file }) =>
    words.length === 0 || words.some((word) => name.includes(word) || file.includes(word)),
);
process.exitCode = main();

function main(): number {
  if (chosen.length === 0) {
    process.stderr.write(`no mutation has a name or file with ${words.join(' or ')}\n`);
    return 2;
  }
  // All of them, whichever run: this is the moment at which somebody looks.
  const misfits = mutations.flatMap(misfitOf);
  for (const misfit of misfits) process.stderr.write(`DOES NOT FIT  ${misfit}\n`);
  if (misfits.length > 0) return 2;
  const copy = new BrokenCopy(root, mkdtempSync(join(tmpdir(), 'memobuild-mutations-')));
  try {
    return proveGreen(copy) && proveRed(copy) ? 0 : 1;
  } finally {
    copy.remove();
  }
}

/** Why a mutation cannot be made any more: the code went on, and the list did not. */
function misfitOf(mutation: Mutation): string[] {
  const gone = mutation.tests.filter((path) => !existsSync(join(root, path)));
  if (gone.length > 0) return [`${mutation.name}: ${gone.join(', ')} is gone`];
  try {
    applyMutation(root, mutation);
    return [];
  } catch (error) {
    return [`${mutation.name}: ${error instanceof Error ? error.message : error}`];
  }
}

/** Red says something only where the unbroken tree is green. */
function proveGreen(copy: BrokenCopy): boolean {
  let isGreen = true;
  for (const file of new Set(chosen.flatMap(({ tests }) => tests))) {
    const { failed, passed } = copy.test([file]);
    if (failed.length === 0 && passed > 0) continue;
    isGreen = false;
    process.stdout.write(`NOT GREEN  ${file}: ${failed.join('; ')}\n`);
  }
  return isGreen;
}

function proveRed(copy: BrokenCopy): boolean {
  let survivors = 0;
  for (const mutation of chosen) {
    const mend = copy.break(mutation);
    const { failed } = copy.test(mutation.tests);
    mend();
    if (failed.length === 0) survivors += 1;
    const what = failed.length === 0 ? 'UNNOTICED' : 'noticed  ';
    process.stdout.write(`${what}  ${mutation.name} (${mutation.file})\n`);
    for (const name of failed.slice(0, 3)) process.stdout.write(`             ${name}\n`);
  }
  process.stdout.write(`${chosen.length - survivors} of ${chosen.length} noticed\n`);
  return survivors === 0;
}
