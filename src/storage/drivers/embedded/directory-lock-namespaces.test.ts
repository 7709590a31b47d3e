import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '../../../core/index.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { inPieces, patient, readEntry, sampleBlob } from '../../conformance/index.ts';
import { lockStoreDirectory, openEmbeddedStore } from './open.ts';
import { inNamespaces, type Surroundings, whyNoNamespaces } from './testing/in-namespaces.ts';

const holder = fileURLToPath(siblingModule(import.meta.url, 'testing/lock-process'));
const reader = fileURLToPath(siblingModule(import.meta.url, 'testing/reader-process'));
const skip = whyNoNamespaces() ?? false;

async function elsewhere(t: TestContext): Promise<Readonly<Record<string, Surroundings>>> {
  const file = join(await tempDir(t), 'boot_id');
  const bootId = '00000000-0000-4000-8000-000000000000';
  return {
    'another PID namespace': { kind: 'pids' },
    'another boot': { kind: 'boot', bootId, file },
  };
}

/** The names, inodes and sizes of all that is in a directory, and the bytes of its own files. */
function contentOf(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const { ino, size } = statSync(path);
      const text = entry.isFile() && size < 1_000 ? readFileSync(path, 'latin1') : '';
      return `${path} ${ino} ${entry.isFile() ? size : ''} ${text}`;
    })
    .toSorted();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('a server in other namespaces is refused a store in use, and touches nothing', {
  skip,
}, async (t) => {
  const dir = await tempDir(t);
  const lock = await lockStoreDirectory({ dir });
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const stored = sampleBlob(100);
  await store.write(stored.key, stored.bytes, { signal: patient });
  for (const [where, surroundings] of Object.entries(await elsewhere(t))) {
    const { key, bytes } = sampleBlob(300_000 + where.length);
    let goOn = (): void => {};
    const resumed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    // An upload is half-way while the other comes.
    const body = (async function* () {
      yield* inPieces(bytes.subarray(0, 200_000), 50_000);
      await resumed;
      yield bytes.subarray(200_000);
    })();
    const written = store.write(key, body, { signal: patient });
    while (!contentOf(dir).some((line) => line.includes(' 200000 '))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const before = contentOf(dir);
    const { child, said } = await inNamespaces(surroundings, holder, [dir]);
    assert.match(String(said), /in use by another server/, where);
    await end(child);
    assert.deepEqual(contentOf(dir), before, where);
    goOn();
    await written;
    assert.deepEqual(await readEntry(store, key), bytes, where);
    assert.deepEqual(await readEntry(store, stored.key), stored.bytes, where);
  }
  await store.close();
  await lock.release();
});

test('a store that was closed is taken in other namespaces', { skip }, async (t) => {
  const dir = await tempDir(t);
  for (const surroundings of Object.values(await elsewhere(t))) {
    const { child, said } = await inNamespaces(surroundings, holder, [dir]);
    assert.equal(said, 'locked');
    await end(child);
    // Its own child ends with it, and the lock with that.
    for (;;) {
      const lock = await lockStoreDirectory({ dir }).catch(() => undefined);
      if (lock === undefined) continue;
      await lock.release();
      break;
    }
  }
});

test('what was closed with durability power is there at the next boot', { skip }, async (t) => {
  const dir = await tempDir(t);
  const { key, bytes } = sampleBlob(100);
  // A process that does not sync dies while it has the store open, and leaves its mark.
  const killed = fileURLToPath(siblingModule(import.meta.url, 'testing/lock-process'));
  const { child } = await inNamespaces({ kind: 'pids' }, killed, [dir, 'open']);
  await end(child);
  const store = await openEmbeddedStore({ dir, maxBytes: 0, durability: 'power' });
  await store.write(key, bytes, { signal: patient });
  await store.close();
  const { 'another boot': nextBoot } = await elsewhere(t);
  const next = await inNamespaces(nextBoot!, reader, [dir, JSON.stringify(key)]);
  assert.equal(next.said, bytes.toString('latin1'));
  await end(next.child);
});
