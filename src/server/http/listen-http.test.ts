import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { RawConnection } from '../../testing/raw-connection.ts';
import { startInProcess } from '../../testing/start-in-process.ts';
import { tempDir } from '../../testing/temp-dir.ts';

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const absent = '0'.repeat(64);
const put = (path: string, body: string, more = ''): string =>
  `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const get = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

test('a pipelined request behind one that is answered later is served, though its client closed its half', async (t) => {
  const { port, url } = await startInProcess(t, {
    env: { MEMOBUILD_STORE: 'embedded', MEMOBUILD_DIR: await tempDir(t) },
  });
  const blob = randomBytes(900_000);
  const path = `/cas/${hashOf(blob)}`;
  assert.equal((await fetch(url + path, { method: 'PUT', body: blob })).status, 200);
  const first = {
    'a read from the disk': get(path),
    'a store': put(`/ac/${absent}`, 'x'),
    'a read that the full server answers': get(path, 'Accept: text/plain\r\n'),
  };
  const second = {
    'of the fast path': [get(`/cas/${absent}`), 404],
    'answered at once': [get('/healthz'), 200],
    'answered later': [get('/readyz'), 200],
    'a store': [put(`/ac/${absent}`, 'y', 'Accept: text/plain\r\n'), 200],
  } as const;
  for (const [earlier, before] of Object.entries(first)) {
    for (const [later, [request, status]] of Object.entries(second)) {
      const client = await RawConnection.open(t, port);
      client.socket.end(before + request + get('/readyz'));
      const statuses = [await client.answer(), await client.answer(), await client.answer()];
      assert.deepEqual(
        statuses.map((answer) => answer.status),
        [200, status, 200],
        `${earlier}, then ${later}`,
      );
      await client.closed();
    }
  }
});

test('a head limit below what the fast path reads is kept', async (t) => {
  const { port } = await startInProcess(t, { env: { MEMOBUILD_HEADER_SIZE: '1024' } });
  const client = await RawConnection.open(t, port);
  client.send(get(`/cas/${absent}`, `X-Long: ${'x'.repeat(500)}\r\n`));
  assert.equal((await client.answer()).status, 404);
  client.send(get(`/cas/${absent}`, `X-Long: ${'x'.repeat(2000)}\r\n`));
  assert.equal((await client.answer()).status, 431);
});

test('access lines take no request off the fast path', async (t) => {
  const { port } = await startInProcess(t, { env: { MEMOBUILD_ACCESS_LOG: 'true' } });
  const client = await RawConnection.open(t, port);
  const isFast = async (request: string): Promise<boolean> => {
    client.send(request);
    // Node's server says for how long it keeps the connection.
    return (await client.answer()).headers['keep-alive'] === undefined;
  };
  const path = `/ac/${absent}`;
  for (const request of [get(path), put(path, 'x'), get(path)]) {
    assert.equal(await isFast(request), true, request);
  }
  assert.equal(await isFast(get(path, 'Accept: text/plain\r\n')), false);
});
