import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { httpProtocols } from '../../protocols/index.ts';
import { RawConnection } from '../../testing/raw-connection.ts';
import { startInProcess } from '../../testing/start-in-process.ts';

const hashOf = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const hello = hashOf('hello');
const absent = '0'.repeat(64);
const put = (path: string, body: string, more = ''): string =>
  `PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const get = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

describe('entries over one connection', () => {
  test('what is put is found, by GET, HEAD and range, and deleted', async (t) => {
    const { port } = await startInProcess(t);
    const client = await RawConnection.open(t, port);
    client.send(put(`/cas/${hello}`, 'hello'));
    assert.equal((await client.answer()).status, 200);
    client.send(get(`/any/instance/cas/${hello}`));
    const whole = await client.answer();
    assert.equal(whole.body, 'hello');
    assert.equal(whole.headers['content-type'], 'application/octet-stream');
    client.send(`HEAD /cas/${hello} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const head = await client.answer('HEAD');
    assert.deepEqual([head.status, head.headers['content-length']], [200, '5']);
    client.send(`HEAD /cas/${absent} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal((await client.answer('HEAD')).status, 404);
    client.send(get(`/cas/${hello}`, 'Range: bytes=1-3\r\n'));
    const part = await client.answer();
    assert.deepEqual(
      [part.status, part.body, part.headers['content-range']],
      [206, 'ell', 'bytes 1-3/5'],
    );
    const tag = `"${hello}"`;
    for (const answer of [whole, head, part]) assert.equal(answer.headers.etag, tag);
    for (const [conditions, status] of [
      [`If-None-Match: ${tag}`, 304],
      [`If-None-Match: "x", W/${tag}\r\nRange: bytes=1-3`, 304],
      ['If-None-Match: *', 304],
      ['If-None-Match: "x"', 200],
      [`If-Match: ${tag}`, 200],
      [`If-Match: W/${tag}`, 412],
      ['If-Match: "x"\r\nRange: bytes=1-3', 412],
      [`If-Range: ${tag}\r\nRange: bytes=1-3`, 206],
      ['If-Range: "x"\r\nRange: bytes=1-3', 200],
      ['If-Range: Fri, 27 Nov 2026 10:00:00 GMT\r\nRange: bytes=1-3', 200],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        client.send(`${method} /cas/${hello} HTTP/1.1\r\nHost: localhost\r\n${conditions}\r\n\r\n`);
        // A 304 has no body, whatever its headers say.
        const answer = await client.answer(status === 304 ? 'HEAD' : method);
        const expected = method === 'HEAD' && status === 206 ? 200 : status;
        assert.equal(answer.status, expected, `${method} ${conditions}`);
      }
    }
    client.send(put(`/cas/${hello}`, 'hello', `If-Match: ${tag}\r\n`));
    assert.equal((await client.answer()).status, 400);
    client.send(get(`/cas/${hello}`, 'Range: bytes=5-\r\n'));
    const beyond = await client.answer();
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */5']);
    client.send(`DELETE /cas/${hello} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal((await client.answer()).status, 200);
    client.send(`DELETE /cas/${hello} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    assert.equal((await client.answer()).status, 404);
    client.send(get(`/cas/${hello}`));
    assert.equal((await client.answer()).status, 404);
  });

  test('action results of two instances are apart, blobs are shared', async (t) => {
    const { port } = await startInProcess(t);
    const client = await RawConnection.open(t, port);
    const key = 'a'.repeat(64);
    client.send(put(`/one/ac/${key}`, 'first'));
    assert.equal((await client.answer()).status, 200);
    client.send(get(`/two/ac/${key}`));
    assert.equal((await client.answer()).status, 404);
    client.send(get(`//ac/${key}`));
    assert.equal((await client.answer()).status, 404);
    client.send(get(`/one/ac/${key}`));
    assert.equal((await client.answer()).body, 'first');
  });

  test('a large blob streams both ways', async (t) => {
    const { url } = await startInProcess(t);
    const blob = randomBytes(20 * 2 ** 20);
    const path = `${url}/cas/${hashOf(blob)}`;
    assert.equal((await fetch(path, { method: 'PUT', body: blob })).status, 200);
    assert.ok(Buffer.from(await (await fetch(path)).arrayBuffer()).equals(blob));
    const range = await fetch(path, { headers: { range: 'bytes=-100' } });
    assert.ok(Buffer.from(await range.arrayBuffer()).equals(blob.subarray(-100)));
  });
});

describe('what is refused, and the connection is in step afterwards', () => {
  const cases = [
    { name: 'bytes of another digest', request: put(`/cas/${hello}`, 'jello'), status: 400 },
    { name: 'an upper-case key', request: get(`/cas/${hello.toUpperCase()}`), status: 400 },
    { name: 'two dots', request: get(`/../cas/${hello}`), status: 400 },
    { name: 'encoded dots', request: get(`/%2e%2e/cas/${hello}`), status: 400 },
    { name: 'an encoded NUL', request: get(`/a%00/cas/${hello}`), status: 400 },
    { name: 'an encoded slash', request: get(`/a%2fb/cas/${hello}`), status: 400 },
    { name: 'a query', request: get(`/cas/${hello}?x`), status: 400 },
    { name: 'an unknown path', request: get('/elsewhere'), status: 404 },
    {
      name: 'an unknown method',
      request: `PATCH /cas/${hello} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      status: 405,
    },
    {
      name: 'an encoded body',
      request: put(`/cas/${hello}`, 'hello', 'Content-Encoding: gzip\r\n'),
      status: 400,
    },
    {
      name: 'a part of a body',
      request: put(`/cas/${hello}`, 'hello', 'Content-Range: bytes 0-4/9\r\n'),
      status: 400,
    },
    {
      name: 'a body with a GET',
      request: `GET /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc`,
      status: 413,
    },
  ];
  for (const { name, request, status } of cases) {
    test(name, async (t) => {
      const { port } = await startInProcess(t);
      const client = await RawConnection.open(t, port);
      client.send(request);
      const refusal = await client.answer();
      assert.equal(refusal.status, status);
      assert.notEqual(refusal.body, '');
      client.send(get(`/cas/${absent}`));
      assert.equal((await client.answer()).status, 404);
      client.send(get(`/cas/${hello}`));
      assert.equal((await client.answer()).status, 404, 'nothing was stored');
    });
  }
});

describe('too large', () => {
  const limit = { env: { MEMOBUILD_MAX_BLOB_SIZE: '100000' } };

  test('an announced body is refused before it is sent', async (t) => {
    const { port } = await startInProcess(t, limit);
    const client = await RawConnection.open(t, port);
    client.send(`PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100001\r\n\r\n`);
    const refusal = await client.answer();
    assert.equal(refusal.status, 413);
    assert.equal(refusal.headers.connection, 'close');
    client.socket.end();
    await client.closed();
  });

  test('who sends it all the same reads the refusal, not a reset', async (t) => {
    const { url } = await startInProcess(t, limit);
    const body = Buffer.alloc(8 * 2 ** 20);
    const response = await fetch(`${url}/cas/${hashOf(body)}`, { method: 'PUT', body });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /too_large/);
  });

  test('a client that keeps sending to the end is not cut off', async (t) => {
    const { port } = await startInProcess(t, limit);
    const client = await RawConnection.open(t, port);
    const pieces = 100;
    const piece = Buffer.alloc(16 * 1024);
    const sizeBytes = pieces * piece.byteLength;
    client.send(
      `PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${sizeBytes}\r\n\r\n`,
    );
    for (let n = 0; n < pieces; n += 1) {
      client.send(piece);
      if (n % 10 === 0) await delay(5);
    }
    assert.equal((await client.answer()).status, 413);
    await client.closed();
    assert.equal(client.error, undefined);
  });

  test('a client that waits for 100 Continue does not get it', async (t) => {
    const { port } = await startInProcess(t, limit);
    const client = await RawConnection.open(t, port);
    const head = `PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n`;
    client.send(`${head}Content-Length: 100001\r\n\r\n`);
    assert.equal((await client.answer()).status, 413);
    const other = await RawConnection.open(t, port);
    other.send(`${head}Content-Length: 5\r\n\r\n`);
    assert.equal((await other.answer()).status, 100);
    other.send('hello');
    assert.equal((await other.answer()).status, 200);
  });

  test('a chunked body is cut off where it passes the limit', async (t) => {
    const { port } = await startInProcess(t, limit);
    const client = await RawConnection.open(t, port);
    client.send(
      `PUT /ac/${absent} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    client.send(chunk);
    client.send(chunk);
    const refusal = await client.answer();
    assert.equal(refusal.status, 413);
    const again = await RawConnection.open(t, port);
    again.send(get(`/ac/${absent}`));
    assert.equal((await again.answer()).status, 404);
  });
});

describe('clients that take their time', () => {
  test('a head that does not end is answered 408', async (t) => {
    const { port } = await startInProcess(t, { env: { MEMOBUILD_HEADERS_TIMEOUT: '200ms' } });
    const client = await RawConnection.open(t, port);
    client.send('GET /healthz HTTP/1.1\r\nHost');
    assert.match(await client.closed(), /^HTTP\/1\.1 408 /);
  });

  test('a body that stalls is answered 408 and leaves nothing', async (t) => {
    const { port, url } = await startInProcess(t, {
      env: { MEMOBUILD_BODY_IDLE_TIMEOUT: '200ms' },
    });
    const client = await RawConnection.open(t, port);
    // Larger than what the fast path takes, so that the full server has it.
    client.send(
      `PUT /ac/${absent} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\npart`,
    );
    const refusal = await client.answer();
    assert.deepEqual([refusal.status, refusal.headers.connection], [408, 'close']);
    assert.equal((await fetch(`${url}/ac/${absent}`)).status, 404);
  });

  test('a body that trickles is answered 408 once it is slower than the rate', async (t) => {
    const { port } = await startInProcess(t, {
      env: { MEMOBUILD_BODY_IDLE_TIMEOUT: '300ms', MEMOBUILD_BODY_RATE: '1000' },
    });
    const client = await RawConnection.open(t, port);
    client.send(`PUT /ac/${absent} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`);
    const trickle = setInterval(() => client.send('x'), 50);
    t.after(() => clearInterval(trickle));
    assert.equal((await client.answer()).status, 408);
  });

  test('a body that is slow within the limits is stored', async (t) => {
    const { port } = await startInProcess(t, {
      env: { MEMOBUILD_BODY_IDLE_TIMEOUT: '1s', MEMOBUILD_BODY_RATE: '0' },
    });
    const client = await RawConnection.open(t, port);
    client.send(
      `PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (const letter of 'hello') {
      await delay(30);
      client.send(`1\r\n${letter}\r\n`);
    }
    client.send('0\r\n\r\n');
    assert.equal((await client.answer()).status, 200);
  });

  test('who does not read its answer loses its connection', async (t) => {
    const { port, url } = await startInProcess(t, {
      env: { MEMOBUILD_RESPONSE_IDLE_TIMEOUT: '200ms', MEMOBUILD_STORE: 'memory' },
    });
    const blob = randomBytes(40 * 2 ** 20);
    const path = `/cas/${hashOf(blob)}`;
    await fetch(url + path, { method: 'PUT', body: blob });
    const client = await RawConnection.open(t, port);
    client.socket.pause();
    // A range is nothing for the fast path.
    client.send(get(path, 'Range: bytes=0-\r\n'));
    await delay(1000);
    client.socket.resume();
    assert.ok((await client.closed()).length < blob.byteLength);
  });
});

test('a head over the limit is answered 431', async (t) => {
  const { port } = await startInProcess(t, { env: { MEMOBUILD_HEADER_SIZE: '2KiB' } });
  const client = await RawConnection.open(t, port);
  client.send(get('/healthz', `X-Long: ${'x'.repeat(4096)}\r\n`));
  assert.match(await client.closed(), /^HTTP\/1\.1 431 /);
});

test('what is not HTTP is answered 400 and closed', async (t) => {
  const { port } = await startInProcess(t);
  for (const bytes of [
    '\0\x01\x02\x03\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'GET / HTTP/1.1\r\nno colon\r\n\r\n',
  ]) {
    const client = await RawConnection.open(t, port);
    client.send(bytes);
    assert.match(await client.closed(), /^HTTP\/1\.1 400 /);
  }
});

test('both framings at once are refused: one of them would smuggle a request', async (t) => {
  const { port } = await startInProcess(t);
  const client = await RawConnection.open(t, port);
  client.send(
    `PUT /ac/${absent} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${get('/healthz')}`,
  );
  const received = await client.closed();
  assert.match(received, /^HTTP\/1\.1 400 /);
  assert.equal(received.match(/HTTP\/1\.1/g)?.length, 1);
});

test('an upload that its client gives up leaves nothing, and the server keeps serving', async (t) => {
  const { port, url } = await startInProcess(t);
  const client = await RawConnection.open(t, port);
  client.send(
    `PUT /ac/${absent} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\npart`,
  );
  await delay(50);
  client.socket.resetAndDestroy();
  await delay(50);
  assert.equal((await fetch(`${url}/ac/${absent}`)).status, 404);
  const stats = (await (await fetch(`${url}/api/v1/stats`)).json()) as {
    store: { entries: number };
    processes: { requestsInFlight: number }[];
  };
  assert.equal(stats.store.entries, 0);
  assert.equal(stats.processes[0]?.requestsInFlight, 1, 'this request alone is under way');
});

test('connections over the limit are closed, those below are served', async (t) => {
  const { port, url } = await startInProcess(t, { env: { MEMOBUILD_CONNECTIONS: '2' } });
  const first = await RawConnection.open(t, port);
  const second = await RawConnection.open(t, port);
  for (const client of [first, second]) {
    client.send(get('/healthz'));
    assert.equal((await client.answer()).status, 200);
  }
  const third = await RawConnection.open(t, port);
  assert.equal(await third.closed(), '');
  first.socket.end();
  await first.closed();
  await delay(50);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

describe('addresses as people write them', () => {
  for (const { name, examples } of httpProtocols) {
    for (const { prefix, keys, query = '', storeMethod = 'PUT' } of examples) {
      test(`${name}: doubled slashes in ${prefix} count as one`, async (t) => {
        const { url } = await startInProcess(t);
        const path = `${prefix}/${keys[0]}`;
        const doubled = path.replaceAll('/', '//');
        const stored = await fetch(`${url}${doubled}${query}`, {
          method: storeMethod,
          body: 'hello',
          headers: { 'content-type': 'application/octet-stream' },
        });
        assert.ok(stored.ok, `${stored.status} ${await stored.text()}`);
        for (const asked of [path, `/${path}`, doubled]) {
          const found = await fetch(`${url}${asked}${query}`);
          assert.equal(await found.text(), 'hello', asked);
        }
      });
    }
  }

  test('probes may append a query or a slash, and / says what this is', async (t) => {
    const { url } = await startInProcess(t);
    for (const path of [
      '/healthz',
      '/healthz?probe=1',
      '/healthz/',
      '/readyz?x=y',
      '//readyz',
      '/metrics/',
    ]) {
      assert.equal((await fetch(`${url}${path}`)).status, 200, path);
    }
    assert.equal((await fetch(`${url}/healthzz`)).status, 404);
    const root = await fetch(url);
    assert.deepEqual([root.status, await root.text()], [200, 'MemoBuild, a build cache\n']);
  });
});
