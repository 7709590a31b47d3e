import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { repositoryRoot } from '../../src/testing/program.ts';
import { tempDir } from '../../src/testing/temp-dir.ts';

/** Runs a program over the built package, by its public names. @returns the native libraries that it loaded. */
function librariesLoadedBy(program: string): readonly string[] {
  const text = `${program}
    process.report.excludeNetwork = true;
    console.log(JSON.stringify(process.report.getReport().sharedObjects));
    process.exit(0);`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', text],
    { cwd: repositoryRoot, encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as string[]).filter((path) => path.endsWith('.node'));
}

for (const specifier of ['memobuild', 'memobuild/storage', 'memobuild/storage/conformance']) {
  test(`${specifier} loads no native library`, () => {
    assert.deepEqual(librariesLoadedBy(`await import('${specifier}');`), []);
  });
}

test('memobuild/storage/memory loads none, opened or not', () => {
  const program = `
    const { createMemoryStore } = await import('memobuild/storage/memory');
    createMemoryStore({ maxBytes: 0 });`;
  assert.deepEqual(librariesLoadedBy(program), []);
});

test('memobuild/storage/embedded loads LMDB when a store is opened', async (t) => {
  const program = "const { openEmbeddedStore } = await import('memobuild/storage/embedded');";
  assert.deepEqual(librariesLoadedBy(program), []);
  const options = JSON.stringify({ dir: await tempDir(t), maxBytes: 0 });
  const loaded = librariesLoadedBy(`${program} await openEmbeddedStore(${options});`);
  assert.ok(
    loaded.some((path) => path.includes('lmdb')),
    loaded.join('\n'),
  );
});
