import assert from 'node:assert/strict';
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { traceHeaderSchema } from '../../core/trace/index.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { createTrace, discardTrace } from './create-trace.ts';

test('a new trace has a header, is for its owner alone, and does not hold its secret', async (t) => {
  const path = join(await tempDir(t), 'a.trace');
  const settings = await createTrace({ path, sizeBytesMax: 1000 });
  const text = await readFile(path, 'utf8');
  assert.equal(traceHeaderSchema.parse(JSON.parse(text)).startedAtMs, settings.startedAtMs);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.match(settings.secret, /^[0-9a-f]{64}$/);
  assert.equal(text.includes(settings.secret), false);
});

test('what exists is never overwritten', async (t) => {
  const path = join(await tempDir(t), 'a.trace');
  await writeFile(path, 'of last week');
  await assert.rejects(createTrace({ path, sizeBytesMax: 1000 }), /--record .*never overwritten/);
  assert.equal(await readFile(path, 'utf8'), 'of last week');
  const nowhere = join(path, 'in', 'a', 'file');
  await assert.rejects(createTrace({ path: nowhere, sizeBytesMax: 1000 }), /--record .*ENOTDIR/);
});

test('a server that did not start leaves no trace, unless something is in it', async (t) => {
  const dir = await tempDir(t);
  const [empty, used] = await Promise.all(
    ['a', 'b'].map((name) => createTrace({ path: join(dir, name), sizeBytesMax: 1000 })),
  );
  await discardTrace(empty!);
  await assert.rejects(stat(empty!.path), { code: 'ENOENT' });
  await appendFile(used!.path, 'x'.repeat(1000));
  await discardTrace(used!);
  assert.ok((await stat(used!.path)).size > 1000);
});
