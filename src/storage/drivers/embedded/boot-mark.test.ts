import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../../core/index.ts';
import { isTorn } from './boot-mark.ts';
import { layoutOf, prepareDirectory } from './layout.ts';

test('a mark that another process is writing is never taken for another boot’s', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-mark-'));
  const layout = layoutOf(dir);
  prepareDirectory(layout);
  const child = fork(fileURLToPath(siblingModule(import.meta.url, 'testing/mark-process')), [dir]);
  try {
    await once(child, 'message');
    for (let look = 0; look < 50_000; look += 1) {
      assert.equal(isTorn(layout), false, `look ${look}`);
    }
    assert.equal(readdirSync(dir).filter((name) => name.includes('discarded')).length, 0);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
});
