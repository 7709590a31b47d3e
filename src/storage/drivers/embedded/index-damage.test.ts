import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { fillStore, type PageOutcome } from './testing/damaged-pages.ts';

const user = fileURLToPath(siblingModule(import.meta.url, 'testing/damaged-pages-process'));

/** Native crashes, which the primary process counts and acts on. */
const crashes = ['SIGSEGV', 'SIGBUS', 'SIGABRT'];

test('whichever page of the index is zeroed, lookups answer misses or the right bytes', async (t) => {
  const dir = await tempDir(t);
  const pages = await fillStore(join(dir, 'store'));
  const outcomes: (PageOutcome & { works: boolean })[] = [];
  const crashed: number[] = [];
  for (let next = 0; next < pages; ) {
    const args = [join(dir, 'store'), join(dir, 'copy'), String(next), String(pages)];
    const child = fork(user, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let begun = next;
    child.on('message', (message: number | (PageOutcome & { works: boolean })) => {
      if (typeof message === 'number') begun = message;
      else outcomes.push(message);
    });
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    if (code === 0) break;
    assert.ok(signal !== null && crashes.includes(signal), `page ${begun} ended it: ${code}`);
    crashed.push(begun);
    next = begun + 1;
  }
  t.diagnostic(`${pages} pages, native crashes on: ${crashed.join(', ') || 'none'}`);
  assert.equal(outcomes.length + crashed.length, pages);
  for (const { page, faults, works } of outcomes) {
    assert.deepEqual(faults, [], `page ${page}`);
    assert.ok(works, `page ${page}: the store does not work when it is opened again`);
  }
  assert.ok(
    outcomes.some(({ missed }) => missed > 0),
    'some damage was met',
  );
});
