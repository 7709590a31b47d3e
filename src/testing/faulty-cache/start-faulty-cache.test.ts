import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Fault, injectedCount } from './faults.ts';
import { startFaultyCache } from './start-faulty-cache.ts';

const body = Buffer.alloc(1000, 'a cache that lies ');
const key = 'ac/00';

/** Stores one entry honestly, asks for it once, and returns what a client saw. */
async function seen(t: Parameters<typeof startFaultyCache>[0], fault: Fault): Promise<string> {
  const cache = await startFaultyCache(t, [fault]);
  await exchange(cache.url, 'PUT', key, body);
  await exchange(cache.url, 'PUT', 'ac/01', Buffer.alloc(1000, 'another'));
  const answer = await exchange(cache.url, 'GET', key);
  assert.equal(injectedCount(await cache.counts(), fault.kind), 1);
  return answer;
}

function exchange(url: string, method: string, path: string, sent?: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let got: Buffer | undefined;
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve(`${error.code}${got === undefined ? '' : ` after ${got.length}`}`);
    const asked = request(`${url}/${path}`, { method, signal: AbortSignal.timeout(2000) });
    asked.on('error', fail);
    asked.on('response', (response) => {
      got = Buffer.alloc(0);
      response.on('data', (chunk: Buffer) => {
        got = Buffer.concat([got!, chunk]);
      });
      response.on('error', fail);
      response.on('end', () => {
        const wrong = got!.filter((byte, at) => byte !== body[at]).length;
        resolve(`${response.statusCode}, ${got!.length} bytes, ${wrong} wrong`);
      });
    });
    asked.end(sent);
  });
}

const GET = ['GET'] as const;
const cases: readonly { fault: Fault; client: RegExp }[] = [
  { fault: { kind: 'status', status: 500, methods: GET }, client: /^500/ },
  { fault: { kind: 'flip-byte' }, client: /^200, 1000 bytes, 1 wrong/ },
  { fault: { kind: 'truncate', how: 'close' }, client: /^ECONNRESET after 500/ },
  { fault: { kind: 'truncate', how: 'short' }, client: /^200, 500 bytes, 0 wrong/ },
  { fault: { kind: 'other-bytes' }, client: /^200, 1000 bytes, [89]\d\d wrong/ },
  { fault: { kind: 'stall', forMs: 200, methods: GET }, client: /^200, 1000 bytes, 0 wrong/ },
  { fault: { kind: 'never-answer', methods: GET }, client: /^ABORT_ERR$/ },
  { fault: { kind: 'reset', when: 'before-answer', methods: GET }, client: /^ECONNRESET$/ },
  { fault: { kind: 'reset', when: 'in-body', methods: GET }, client: /^ECONNRESET after 500/ },
  { fault: { kind: 'drip', everyMs: 5 }, client: /^200, 1000 bytes, 0 wrong/ },
  { fault: { kind: 'garbage', methods: GET }, client: /^HPE_/ },
  { fault: { kind: 'drop-write', share: 1, methods: ['PUT'] }, client: /^404/ },
  { fault: { kind: 'evict', keepEntries: 1 }, client: /^404/ },
  { fault: { kind: 'die', methods: GET }, client: /^ECONNRESET$/ },
];

for (const { fault, client } of cases) {
  const name = 'how' in fault ? `${fault.kind} ${fault.how}` : fault.kind;
  test(`a client sees ${name}${'when' in fault ? ` ${fault.when}` : ''}`, async (t) => {
    if (fault.kind === 'drop-write') {
      const cache = await startFaultyCache(t, [fault]);
      assert.match(await exchange(cache.url, 'PUT', key, body), /^200/);
      assert.match(await exchange(cache.url, 'GET', key), client);
      assert.equal(injectedCount(await cache.counts(), 'drop-write'), 1);
      return;
    }
    assert.match(await seen(t, fault), client);
  });
}

test('without a fault the cache is honest', async (t) => {
  const cache = await startFaultyCache(t, []);
  assert.match(await exchange(cache.url, 'GET', key), /^404/);
  assert.match(await exchange(cache.url, 'PUT', key, body), /^200, 0 bytes/);
  assert.match(await exchange(cache.url, 'GET', key), /^200, 1000 bytes, 0 wrong/);
  assert.match(await exchange(cache.url, 'HEAD', key), /^200, 0 bytes/);
  assert.match(await exchange(cache.url, 'DELETE', key), /^200/);
  assert.match(await exchange(cache.url, 'GET', key), /^404/);
  const counts = await cache.counts();
  assert.deepEqual([counts.hits, counts.misses, counts.entries], [2, 2, 0]);
  assert.ok(
    Object.keys(counts.injected).every((kind) => injectedCount(counts, kind as never) === 0),
  );
});

test('a share is kept within four sigma, the same seed fails the same requests', async (t) => {
  const faults: Fault[] = [{ kind: 'status', status: 503, share: 0.2, methods: ['GET'] }];
  const [one, two] = [await startFaultyCache(t, faults), await startFaultyCache(t, faults)];
  const sequences = await Promise.all([statuses(one.url, 1000), statuses(two.url, 1000)]);
  assert.equal(sequences[0], sequences[1]);
  const failed = sequences[0].split('503').length - 1;
  assert.equal((await one.counts()).injected.status.GET, failed);
  assert.ok(Math.abs(failed - 200) <= 4 * Math.sqrt(1000 * 0.2 * 0.8), `${failed} of 1000`);
});

/** The statuses of pipelined lookups, in their order. */
async function statuses(url: string, count: number): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.setTimeout(10_000, () => socket.destroy(new Error('no answer for 10 s')));
  await once(socket, 'connect');
  const ask = 'GET /ac/00 HTTP/1.1\r\nHost: x\r\n\r\n';
  socket.write(ask.repeat(count - 1) + ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  return [...(await text(socket)).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((m) => m[1]).join(' ');
}

test('it ends with whoever started it', async () => {
  const undo: (() => Promise<void> | void)[] = [];
  const cache = await startFaultyCache({ after: (later) => undo.push(later) }, []);
  for (const step of undo) await step();
  assert.ok(cache.hasDied());
  assert.match(await exchange(cache.url, 'GET', key), /ECONNREFUSED/);
});
