import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { sha256Of } from '../../core/index.ts';
import { startInProcess } from '../../testing/start-in-process.ts';
import { zstdCompressWhole, zstdDecompressWhole } from '../shared/zstd/index.ts';
import { takesZstd } from './encodings.ts';

const body = Buffer.concat([Buffer.alloc(100_000, 'zstd '), randomBytes(1000)]);
const large = Buffer.concat([Buffer.alloc(3_000_000, 'large '), randomBytes(1000)]);

for (const [what, bytes] of Object.entries({ 'in memory': body, 'as a stream': large })) {
  test(`content is sent as zstd, ${what}, to who takes it, and as it is to others`, async (t) => {
    const { url } = await startInProcess(t);
    const path = `${url}/cas/${sha256Of(bytes)}`;
    assert.equal((await fetch(path, { method: 'PUT', body: bytes })).status, 200);
    const { headers, sent } = await getUndecoded(path, 'zstd,gzip');
    assert.equal(headers['content-encoding'], 'zstd');
    assert.equal(headers.vary, 'accept-encoding');
    assert.ok(sent.byteLength < bytes.length / 10, `${sent.byteLength} bytes were sent`);
    assert.ok(bytes.equals(await zstdDecompressWhole(sent, bytes.length)));
    const plain = await fetch(path, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.ok(bytes.equals(Buffer.from(await plain.arrayBuffer())));
  });
}

test('a small body is sent as it is', async (t) => {
  const { url } = await startInProcess(t);
  const path = `${url}/cas/${sha256Of('small')}`;
  await fetch(path, { method: 'PUT', body: 'small' });
  const answer = await fetch(path, { headers: { 'accept-encoding': 'zstd' } });
  assert.equal(answer.headers.get('content-encoding'), null);
  assert.equal(await answer.text(), 'small');
});

test('content that comes as zstd is stored as what it stands for', async (t) => {
  const { url } = await startInProcess(t);
  const path = `${url}/cas/${sha256Of(body)}`;
  const sizes = [undefined, String(body.length)];
  for (const size of sizes) {
    const headers = {
      'content-encoding': 'zstd',
      ...(size === undefined ? {} : { 'x-digest-sizebytes': size }),
    };
    const encoded = await zstdCompressWhole(body);
    const answer = await fetch(path, { method: 'PUT', headers, body: encoded });
    assert.equal(answer.status, 200, await answer.text());
    assert.ok(body.equals(Buffer.from(await (await fetch(path)).arrayBuffer())));
    assert.equal((await fetch(path, { method: 'DELETE' })).status, 200);
  }
});

test('what is wrong with an encoding is refused, and nothing is stored', async (t) => {
  const { url } = await startInProcess(t, { env: { MEMOBUILD_MAX_BLOB_SIZE: '200000' } });
  const path = `${url}/cas/${sha256Of(body)}`;
  const bomb = await zstdCompressWhole(Buffer.alloc(50_000_000));
  const encoded = await zstdCompressWhole(body);
  const cases: readonly [string, Uint8Array, Record<string, string>, number][] = [
    ['an unknown encoding', encoded, { 'content-encoding': 'br' }, 400],
    ['two encodings', encoded, { 'content-encoding': 'zstd, gzip' }, 400],
    ['no zstd', body, { 'content-encoding': 'zstd' }, 400],
    ['half a frame', encoded.subarray(0, 100), { 'content-encoding': 'zstd' }, 400],
    [
      'another body',
      await zstdCompressWhole(large.subarray(0, 9)),
      { 'content-encoding': 'zstd' },
      400,
    ],
    ['too much behind little', bomb, { 'content-encoding': 'zstd' }, 400],
    [
      'a size of no number',
      encoded,
      { 'content-encoding': 'zstd', 'x-digest-sizebytes': 'x' },
      400,
    ],
    [
      'a size too large',
      encoded,
      { 'content-encoding': 'zstd', 'x-digest-sizebytes': '300000' },
      413,
    ],
    ['another size', encoded, { 'content-encoding': 'zstd', 'x-digest-sizebytes': '7' }, 400],
  ];
  for (const [what, bytes, headers, status] of cases) {
    const answer = await fetch(path, { method: 'PUT', headers, body: bytes });
    assert.equal(answer.status, status, `${what}: ${await answer.text()}`);
    assert.equal((await fetch(path)).status, 404, what);
  }
});

test('who takes zstd is read off the header', () => {
  const cases: readonly [string | undefined, boolean][] = [
    [undefined, false],
    ['gzip', false],
    ['zstd', true],
    ['gzip, zstd;q=0.5', true],
    ['zstd;q=0', false],
    ['zstd; q=0.000', false],
    ['zstdx', false],
    ['ZSTD', false],
  ];
  for (const [header, takes] of cases) {
    const headers = header === undefined ? {} : { 'accept-encoding': header };
    assert.equal(takesZstd(headers), takes, header);
  }
});

/** The bytes as they were sent: from Node 24 on, `fetch` decodes zstd. */
async function getUndecoded(
  url: string,
  acceptEncoding: string,
): Promise<{ headers: IncomingHttpHeaders; sent: Buffer }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': acceptEncoding } }, resolve).on('error', reject);
  });
  return { headers: response.headers, sent: await buffer(response) };
}
