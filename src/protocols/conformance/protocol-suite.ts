import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Outcome,
  type ProtocolUnderTest,
  readToken,
  type StartSuiteServer,
  type SuiteServer,
  writeToken,
} from './under-test.ts';

/** What every protocol keeps, each in its own words, through a real listener over a real store. */
export function describeProtocol(protocol: ProtocolUnderTest, start: StartSuiteServer): void {
  const check: Check = (what, body) => {
    test(`${protocol.name}: ${what}`, { timeout: 60_000 }, body);
  };
  describeStores(protocol, start, check);
  describeBrokenStores(protocol, start, check);
  describeAccess(protocol, start, check);
}

type Check = (what: string, body: (t: TestContext) => Promise<void>) => void;

function describeStores(protocol: ProtocolUnderTest, start: StartSuiteServer, check: Check): void {
  const { keys } = protocol;
  const [key, otherKey] = keys;

  check('what was stored comes back, whatever its size', async (t) => {
    const speaker = protocol.speak(await start(t));
    assert.deepEqual(await speaker.lookup(key), miss);
    for (const [index, sizeBytes] of [1, 1000, 100_000, 3_000_000].entries()) {
      const body = bytes(index, sizeBytes);
      const at = protocol.overwrite === 'replaces' ? key : (keys[index] ?? '');
      if (at === '') break;
      assert.deepEqual(await speaker.store(at, body), stored);
      assertHit(await speaker.lookup(at), body);
    }
  });

  check('an empty body is stored as one', async (t) => {
    const speaker = protocol.speak(await start(t));
    assert.deepEqual(await speaker.store(key, Buffer.alloc(0)), stored);
    assertHit(await speaker.lookup(key), Buffer.alloc(0));
    assert.deepEqual(await speaker.lookup(otherKey), miss);
  });

  check(
    `a second store ${protocol.overwrite === 'replaces' ? 'replaces' : 'is refused'}`,
    async (t) => {
      const speaker = protocol.speak(await start(t));
      const [first, second] = [bytes(1, 5000), bytes(2, 70_000)];
      assert.deepEqual(await speaker.store(key, first), stored);
      const outcome = await speaker.store(key, second);
      if (protocol.overwrite === 'replaces') {
        assert.deepEqual(outcome, stored);
        assertHit(await speaker.lookup(key), second);
      } else {
        assert.deepEqual(outcome, protocol.refusal('exists', 'store'));
        assertHit(await speaker.lookup(key), first);
      }
    },
  );

  check('of stores at once each is answered truly', async (t) => {
    const server = await start(t);
    const bodies = [1, 2, 3, 4, 5, 6].map((seed) => bytes(seed, 40_000));
    const outcomes = await Promise.all(
      bodies.map((body) => protocol.speak(server).store(key, body)),
    );
    const acknowledged = bodies.filter((_, index) => outcomes[index]?.kind === 'stored');
    if (protocol.overwrite === 'refused') assert.equal(acknowledged.length, 1);
    else assert.equal(acknowledged.length, bodies.length);
    const found = await protocol.speak(server).lookup(key);
    assert.equal(found.kind, 'hit');
    assert.ok(acknowledged.some((body) => found.kind === 'hit' && found.body.equals(body)));
  });
}

function describeBrokenStores(
  protocol: ProtocolUnderTest,
  start: StartSuiteServer,
  check: Check,
): void {
  const [key, otherKey] = protocol.keys;

  check('a store broken off leaves nothing', async (t) => {
    const server = await start(t);
    const speaker = protocol.speak(server);
    for (const sizeBytes of [1000, 500_000]) {
      const half = await speaker.beginStore(key, bytes(1, sizeBytes));
      half.breakOff();
    }
    await whenQuiet(server);
    assert.deepEqual(await speaker.lookup(key), miss);
    assert.equal(await server.entries(), 0);
    await whenNoFileIsLeft(server);
  });

  check('a body over the limit is refused, and nothing of it is kept', async (t) => {
    const server = await start(t, { blobBytesMax: 50_000 });
    const speaker = protocol.speak(server);
    assert.deepEqual(
      await speaker.store(key, bytes(1, 300_000)),
      protocol.refusal('too_large', 'store'),
    );
    assert.deepEqual(await speaker.lookup(key), miss);
    assert.equal(await server.entries(), 0);
    assert.deepEqual(blobFiles(server), []);
    assert.deepEqual(await speaker.store(key, bytes(1, 10_000)), stored);
  });

  check('a damaged body is never taken for the one that was stored', async (t) => {
    const server = await start(t);
    const speaker = protocol.speak(server);
    const [small, large] = [bytes(1, 100_000), bytes(2, 3_000_000)];
    assert.deepEqual(await speaker.store(key, small), stored);
    assert.deepEqual(await speaker.store(otherKey, large), stored);
    assert.equal(flipBytes(server), 2);
    assert.deepEqual(await speaker.lookup(key), miss);
    const found = await speaker.lookup(otherKey);
    assert.deepEqual(found, protocol.verifies === 'before' ? miss : ({ kind: 'broken' } as const));
    // It was dropped: from here on it is an ordinary miss, and can be stored again.
    await whenQuiet(server);
    assert.deepEqual(await speaker.lookup(otherKey), miss);
    assert.deepEqual(await speaker.store(otherKey, large), stored);
    assertHit(await speaker.lookup(otherKey), large);
  });

  check('a store begun before the server drains is ended and answered', async (t) => {
    const server = await start(t, { drainWindowMs: 10_000 });
    const body = bytes(1, 200_000);
    const half = await protocol.speak(server).beginStore(key, body);
    const drained = server.drain();
    await sleep(50);
    assert.deepEqual(await half.finish(), stored);
    await drained;
    const again = await start(t, { dir: server.dir });
    assertHit(await protocol.speak(again).lookup(key), body);
  });
}

function describeAccess(protocol: ProtocolUnderTest, start: StartSuiteServer, check: Check): void {
  const [key, otherKey] = protocol.keys;

  check('a read-only server refuses stores and answers lookups', async (t) => {
    const writable = await start(t);
    const body = bytes(1, 30_000);
    assert.deepEqual(await protocol.speak(writable).store(key, body), stored);
    await writable.drain();
    const server = await start(t, { readOnly: true, dir: writable.dir });
    const speaker = protocol.speak(server);
    assertHit(await speaker.lookup(key), body);
    assert.deepEqual(await speaker.store(otherKey, body), protocol.refusal('read_only', 'store'));
    assert.deepEqual(await speaker.lookup(otherKey), miss);
  });

  check('credentials decide who reads and who writes', async (t) => {
    const server = await start(t, { hasTokens: true });
    const body = bytes(1, 2000);
    for (const token of [undefined, 'a-token-nobody-knows']) {
      const stranger = protocol.speak(server, token);
      assert.deepEqual(await stranger.lookup(key), protocol.refusal('unauthenticated', 'lookup'));
      assert.deepEqual(
        await stranger.store(key, body),
        protocol.refusal('unauthenticated', 'store'),
      );
    }
    const reader = protocol.speak(server, readToken);
    assert.deepEqual(await reader.store(key, body), protocol.refusal('forbidden', 'store'));
    assert.deepEqual(await reader.lookup(key), miss);
    assert.equal(await server.entries(), 0);
    assert.deepEqual(await protocol.speak(server, writeToken).store(key, body), stored);
    assertHit(await reader.lookup(key), body);
  });
}

const miss: Outcome = { kind: 'miss' };
const stored: Outcome = { kind: 'stored' };

/** Bytes that are a function of the seed and no other seed's. */
function bytes(seed: number, sizeBytes: number): Buffer {
  const made = Buffer.alloc(sizeBytes);
  let state = (seed + 1) * 2654435761;
  for (let at = 0; at < sizeBytes; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    made[at] = state >>> 24;
  }
  return made;
}

function assertHit(outcome: Outcome, body: Buffer): void {
  assert.equal(outcome.kind, 'hit', `expected a hit, got ${JSON.stringify(outcome).slice(0, 200)}`);
  assert.ok(outcome.kind === 'hit' && outcome.body.equals(body), 'other bytes came back');
}

function blobFiles({ dir }: SuiteServer): string[] {
  return readdirSync(join(dir, 'blobs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The file of a store that was broken off is removed in the background. */
async function whenNoFileIsLeft(server: SuiteServer): Promise<void> {
  const giveUpMs = performance.now() + 20_000;
  while (blobFiles(server).length > 0 && performance.now() < giveUpMs) await sleep(20);
  assert.deepEqual(blobFiles(server), []);
}

/** Flips a byte in the middle of each body that has a file. @returns how many there were. */
function flipBytes(server: SuiteServer): number {
  const files = blobFiles(server);
  for (const file of files) {
    const held = readFileSync(file);
    const middle = held.length >> 1;
    held[middle] = held[middle]! ^ 1;
    writeFileSync(file, held);
  }
  return files.length;
}

/** Waits until the store's files no longer change: what was given up is cleared away after the answer. */
async function whenQuiet(server: SuiteServer): Promise<void> {
  let before = '?';
  for (let round = 0; round < 50; round += 1) {
    await sleep(100);
    const now = blobFiles(server).join();
    if (now === before) return;
    before = now;
  }
}
