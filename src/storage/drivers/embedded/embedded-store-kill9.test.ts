import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseSha256, siblingModule } from '../../../core/index.ts';
import { readEntry } from '../../conformance/index.ts';
import type { EntryKey, Lookup } from '../../store.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { openEmbeddedStore } from './open.ts';
import { inspectStore } from './testing/inspect.ts';
import { type Acknowledged, expectedBody, versionOf } from './testing/written-body.ts';

const rounds = 10;
const writersPerRound = 2;
const writer = fileURLToPath(siblingModule(import.meta.url, 'testing/writer-process'));

test('kill -9 of several writers, repeated, loses nothing that was acknowledged', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-kill9-'));
  const acknowledged = new Map<string, Acknowledged>();
  let written = 0;
  let cleaned = 0;
  try {
    for (let round = 0; round < rounds; round += 1) {
      const writers = Array.from({ length: writersPerRound }, (_, index) =>
        startWriter(dir, `${round} ${index}`),
      );
      await Promise.all(writers.map(({ begun }) => begun));
      await sleep(Math.random() * 150);
      const reported = await Promise.all(writers.map(killWriter));
      for (const one of reported.flat()) acknowledged.set(`${one.space} ${one.key}`, one);
      written += reported.flat().length;

      const store = await openEmbeddedStore({ dir, maxBytes: 0 });
      for (const one of acknowledged.values()) await checkOne(store, one);
      await store.close();
      const { contradictions, strayFiles, ledgerRows, owners } = await inspectStore(dir);
      assert.deepEqual(
        { contradictions, strayFiles, ledgerRows, owners },
        { contradictions: [], strayFiles: [], ledgerRows: 0, owners: 0 },
        `round ${round}`,
      );
      cleaned += reported.length;
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  assert(written > rounds * writersPerRound, `${written} writes were acknowledged`);
  assert.equal(cleaned, rounds * writersPerRound);
});

test('a worker cleans up after a sibling that was killed, and keeps working', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-kill9-'));
  try {
    const store = await openEmbeddedStore({ dir, maxBytes: 0 });
    const sibling = startWriter(dir, 'sibling');
    await sibling.begun;
    await sleep(50);
    const reported = await killWriter(sibling);
    assert.equal((await store.recover()).owners, 1);
    const last = new Map(reported.map((one) => [`${one.space} ${one.key}`, one]));
    for (const one of last.values()) await checkOne(store, one);
    assert.deepEqual((await inspectStore(dir)).strayFiles, []);
    assert.equal((await store.recover()).owners, 0);
    await store.close();
    const { contradictions, ledgerRows, owners } = await inspectStore(dir);
    assert.deepEqual([contradictions, ledgerRows, owners], [[], 0, 0]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('what another process has acknowledged is found in the same turn of the event loop', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'memobuild-kill9-'));
  const reported = join(dir, 'reported');
  const store = await openEmbeddedStore({ dir, maxBytes: 0 });
  const child = fork(writer, [dir, 'other'], {
    stdio: ['ignore', openSync(reported, 'w'), 'inherit', 'ipc'],
  });
  try {
    // No turn ends in this loop: nothing but the store itself takes a new snapshot.
    const deadlineMs = Date.now() + 20_000;
    let seen = 0;
    while (seen < 100 && Date.now() < deadlineMs) {
      const lines = readFileSync(reported, 'utf8').split('\n').slice(0, -1);
      for (const line of lines.slice(seen)) {
        const one = JSON.parse(line) as Acknowledged;
        assert.equal((store.find(keyOf(one)) as Lookup).kind, 'hit', line);
      }
      seen = lines.length;
    }
    assert(seen >= 100, `${seen} writes were seen`);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});

interface Writer {
  readonly child: ChildProcess;
  /** Resolves with its first acknowledged write. */
  readonly begun: Promise<void>;
  readonly lines: Acknowledged[];
  readonly ended: Promise<unknown>;
}

function startWriter(dir: string, name: string): Writer {
  const child = fork(writer, [dir, name], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const lines: Acknowledged[] = [];
  assert(child.stdout !== null);
  const reader = createInterface({ input: child.stdout });
  const begun = new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      // The last line may be cut off by the kill: then it does not count.
      if (line.endsWith('}')) lines.push(JSON.parse(line) as Acknowledged);
      resolve();
    });
    child.once('exit', () => reject(new Error('the writer ended before its first write')));
  });
  return { child, begun, lines, ended: once(reader, 'close') };
}

async function killWriter({ child, lines, ended }: Writer): Promise<Acknowledged[]> {
  child.kill('SIGKILL');
  await ended;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return lines;
}

/** An acknowledged write is there, or a later, unreported one of its key. */
async function checkOne(store: EmbeddedStore, one: Acknowledged): Promise<void> {
  const bytes = await readEntry(store, keyOf(one));
  assert(bytes !== undefined, `lost: ${JSON.stringify(one)}`);
  const version = versionOf(bytes);
  assert(version >= one.version, `version ${version} instead of ${JSON.stringify(one)}`);
  assert(bytes.equals(expectedBody(one.text, version, one.lane)), 'wrong bytes');
}

function keyOf(one: Acknowledged): EntryKey {
  if (one.space === 'ac') return { space: 'ac', namespace: 'kill', key: one.key };
  const hash = parseSha256(one.key);
  assert(hash !== undefined);
  return { space: 'cas', hash };
}
