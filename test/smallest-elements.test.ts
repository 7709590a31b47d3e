import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { Encoder } from '@toondepauw/node-zstd';
import { sha256Of } from '../src/core/index.ts';
import { hashSecret } from '../src/server/access/auth.ts';
import { costOf, longestTurnMs } from '../src/testing/longest-turn.ts';
import { startInProcess } from '../src/testing/start-in-process.ts';

/**
 * The largest message of the smallest elements, for every parser that reads what a client sends over
 * HTTP or Redis; src/server/grpc/read-messages.test.ts has those of gRPC. None may take much more
 * memory than its bytes, or stop others for longer than the largest good request does.
 */
const mebibyte = 2 ** 20;
const memoryBytesMax = 250 * mebibyte;
const ratioMax = 10;

const server = await startInProcess({ after }, { env: { MEMOBUILD_REDIS_PORT: '0' } });
const key = sha256Of('a key');

type Body = NonNullable<RequestInit['body']>;

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
}

async function ask(path: string, init: Ask): Promise<number> {
  // The server closes connections that wait while bodies are made.
  const headers = { ...init.headers, connection: 'close' };
  const response = await fetch(`${server.url}${path}`, { ...init, headers });
  await response.arrayBuffer();
  return response.status;
}

const json = { 'content-type': 'application/json' };
const post = (path: string, body: Body): Promise<number> =>
  ask(path, { method: 'POST', headers: json, body });

const goodKeys = Array.from({ length: 50_000 }, (_, index) => sha256Of(`key ${index}`));
const goodBody = JSON.stringify({ space: 'cas', keys: goodKeys });
const lookUpAll = async (): Promise<void> =>
  assert.equal(await post('/api/v1/exists', goodBody), 200);
// The first one also compiles.
await lookUpAll();
const goodMs = await longestTurnMs(lookUpAll);

// An entry that is there, since what is not is answered before its conditions are read.
assert.equal(await ask(`/ac/${sha256Of('stored')}`, { method: 'PUT', body: 'x' }), 200);

const known = { name: 'known', scheme: 'bearer', secretSha256: hashSecret('known') } as const;
const guarded = await startInProcess({ after }, { credentials: [{ ...known, scope: 'write' }] });

/** @param statuses those that are right. */
function testCost<B>(
  what: string,
  statuses: readonly number[],
  makeBody: () => B,
  send: (body: B) => Promise<number>,
): void {
  test(what, async () => {
    const body = makeBody();
    const { turnMs, grownBytes } = await costOf(async () => {
      const status = await send(body);
      assert.ok(statuses.includes(status), `${status}`);
    }, ratioMax * goodMs);
    assert.ok(grownBytes < memoryBytesMax, `took ${grownBytes} bytes`);
    const ratio = turnMs / goodMs;
    assert.ok(ratio < ratioMax, `stops others ${ratio} times as long as the largest good request`);
    assert.equal(await ask('/healthz', {}), 200);
  });
}

/** `count` times `element`, between `begin` and `end`, of up to `bytes` bytes. */
function filled(begin: string, element: string, end: string, bytes: number): Buffer {
  const count = Math.floor((bytes - begin.length - end.length) / element.length) - 1;
  const last = element.replace(/,$/, '');
  return Buffer.from(`${begin}${element.repeat(count)}${last}${end}`);
}

const values = { objects: '{},', lists: '[],', texts: '"",', numbers: '1,', nested: '[' };
for (const [what, element] of Object.entries(values)) {
  testCost(
    `JSON, a batch of ${what}`,
    [413],
    () => filled('{"space":"cas","keys":[', element, ']}', 8 * mebibyte),
    (body) => post('/api/v1/exists', body),
  );
}
testCost(
  'JSON, an action result of objects',
  [413],
  () => filled('{"outputFiles":[', values.objects, ']}', 16 * mebibyte),
  (body) => ask(`/ac/${key}`, { method: 'PUT', headers: json, body }),
);
testCost(
  'JSON, events of objects',
  [413],
  () => filled('[', values.objects, ']', mebibyte),
  (body) => post('/v8/artifacts/events', body),
);
testCost(
  'JSON, an object of many names',
  [413],
  () => Array.from({ length: 600_000 }, (_, index) => `"${index.toString(36)}":1`),
  (names) => post('/api/v1/purge', `{${names.join(',')}}`),
);

const fields: Readonly<Record<string, readonly number[]>> = {
  'empty files': [0x12, 0],
  'files with empty digests': [0x12, 2, 0x12, 0],
  'empty directories': [0x1a, 0],
  'unknown numbers': [0x78, 0],
};
for (const [what, bytes] of Object.entries(fields)) {
  // Sixteen MiB of it take a few hundred bytes on the wire.
  testCost(
    `protobuf, an action result of ${what}`,
    [413],
    () => new Encoder(1).encodeSync(Buffer.alloc(16 * mebibyte, Buffer.from(bytes))),
    (body) => ask(`/ac/${key}`, { method: 'PUT', headers: { 'content-encoding': 'zstd' }, body }),
  );
}

test('protobuf, trees of the smallest elements that an action result names', async () => {
  for (const element of [[0x0a, 2, 0x0a, 0]]) {
    const tree = Buffer.alloc(32 * mebibyte, Buffer.from(element));
    const hash = sha256Of(tree);
    assert.equal(await ask(`/cas/${hash}`, { method: 'PUT', body: tree }), 200);
    const size = Buffer.from([0x10, 0x80, 0x80, 0x80, 0x10]);
    assert.equal(tree.byteLength, 0x10 << 21);
    const digest = Buffer.concat([Buffer.from([0x0a, 64]), Buffer.from(hash), size]);
    const directory = Buffer.concat([Buffer.from([0x1a, digest.length]), digest]);
    const body = Buffer.concat([Buffer.from([0x1a, directory.length]), directory]);
    const { turnMs, grownBytes } = await costOf(async () => {
      assert.equal(await ask(`/ac/${key}`, { method: 'PUT', body }), 413);
    }, ratioMax * goodMs);
    assert.ok(grownBytes < memoryBytesMax, `took ${grownBytes} bytes`);
    assert.ok(turnMs < ratioMax * goodMs, `${turnMs} ms, ${goodMs} ms`);
  }
});

test('protobuf, a stored result of many fields that is asked for as JSON', async () => {
  // As many as a walk takes, and more than a decoded message may have.
  const result = Buffer.alloc(2 * mebibyte, Buffer.from([0x78, 0]));
  assert.equal(await ask(`/ac/${key}`, { method: 'PUT', body: result }), 200);
  const { turnMs, grownBytes } = await costOf(async () => {
    assert.equal(await ask(`/ac/${key}`, { headers: { accept: 'application/json' } }), 404);
  }, ratioMax * goodMs);
  assert.ok(grownBytes < memoryBytesMax, `took ${grownBytes} bytes`);
  assert.ok(turnMs < ratioMax * goodMs, `${turnMs} ms, ${goodMs} ms`);
});

const frame = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
const emptyBlock = [0, 0, 0];
const lastBlock = [1, 0, 0];
const zstd: Readonly<Record<string, { readonly begin: number[]; readonly element: number[] }>> = {
  'empty blocks': { begin: frame, element: emptyBlock },
  'empty frames': { begin: [], element: [...frame, ...lastBlock] },
  'skippable frames': { begin: [], element: [0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0] },
};
for (const [what, { begin, element }] of Object.entries(zstd)) {
  testCost(
    `zstd, ${what}`,
    [400],
    () => Buffer.concat([Buffer.from(begin), Buffer.alloc(mebibyte / 4, Buffer.from(element))]),
    (body) =>
      ask(`/cas/${sha256Of('absent')}`, {
        method: 'PUT',
        headers: { 'content-encoding': 'zstd' },
        body,
      }),
  );
}

const head = (headers: string, path = `/ac/${sha256Of('stored')}`): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
const heads: Readonly<Record<string, readonly [string, number[]]>> = {
  'headers of one letter': ['a:\r\n'.repeat(4000), [200, 431]],
  'headers of one letter, too many': ['a:\r\n'.repeat(mebibyte / 20), [431, 0]],
  ranges: [`Range: bytes=${'0-0,'.repeat(4000)}\r\n`, [200]],
  'entity tags': [`If-None-Match: ${'"",'.repeat(5000)}\r\n`, [200]],
  codings: [`Accept-Encoding: ${'a,'.repeat(7000)}zstd\r\n`, [200]],
};
for (const [what, [headers, statuses]] of Object.entries(heads)) {
  testCost(
    `HTTP head, ${what}`,
    statuses,
    () => head(headers).repeat(20),
    (request) => talk(server.port, request),
  );
}
testCost(
  'HTTP head, slashes',
  [400, 404],
  () => head('', `${'/'.repeat(8000)}${sha256Of('stored')}`).repeat(100),
  (request) => talk(server.port, request),
);

const credentials: Readonly<Record<string, string>> = {
  spaces: `Bearer ${' '.repeat(15_000)}x`,
  'letters of a token': `Bearer ${'a'.repeat(15_000)}`,
  'letters of a password': `Basic ${'a'.repeat(15_000)}`,
};
for (const [what, authorization] of Object.entries(credentials)) {
  testCost(
    `HTTP credential, ${what}`,
    [401],
    () => head(`Authorization: ${authorization}\r\n`).repeat(20),
    (request) => talk(guarded.port, request),
  );
}
testCost(
  'HTTP body, chunks of a byte',
  [200],
  () => `PUT /blobs/team/key HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`,
  (request) => talk(server.port, `${request}${'1\r\nx\r\n'.repeat(mebibyte / 16)}0\r\n\r\n`),
);

const commands: Readonly<Record<string, string>> = {
  'empty names': '*1\r\n$0\r\n\r\n',
  lines: 'PING\r\n',
  'empty arguments': `*1024\r\n$3\r\nDEL\r\n${'$0\r\n\r\n'.repeat(1023)}`,
  'keys of a letter': `*1024\r\n$6\r\nEXISTS\r\n${'$1\r\na\r\n'.repeat(1023)}`,
};
for (const [what, command] of Object.entries(commands)) {
  testCost(
    `RESP, ${what}`,
    [0],
    () => command.repeat(Math.ceil(mebibyte / 8 / command.length)),
    (all) => talk(server.otherPorts.redis!, `${all}*1\r\n$4\r\nQUIT\r\n`),
  );
}

/** Sends all of it and reads to the end. @returns the status of the last answer; 0 where none came, or it is not HTTP. */
async function talk(port: number, request: string): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let tail = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('latin1')).slice(-4000);
  });
  socket.end(request);
  await new Promise((resolve) => socket.once('close', resolve));
  return Number([...tail.matchAll(/HTTP\/1\.1 (\d{3})/g)].at(-1)?.[1] ?? 0);
}
