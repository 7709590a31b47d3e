import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { httpProtocols } from '../../protocols/index.ts';
import { RawConnection } from '../../testing/raw-connection.ts';
import { startInProcess } from '../../testing/start-in-process.ts';

/**
 * What browsers send on behalf of another site's page, to every route of every protocol over HTTP:
 * with each method, since a page can make a browser send most of them.
 */
const shapes: Readonly<Record<string, string>> = {
  'an Origin of another site': 'Origin: http://evil.example\r\n',
  'an Origin of a sandboxed page': 'Origin: null\r\n',
  'an Origin of another port': 'Origin: http://localhost:1\r\n',
  'a request for another site': 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n',
  'a request for a page of the same site': 'Sec-Fetch-Site: same-site\r\n',
  'several sites': 'Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n',
};

const hash = 'a'.repeat(64);

const paths: readonly string[] = [
  ...httpProtocols.flatMap(({ examples }) =>
    examples.map(({ prefix, keys: [key], query = '' }) => `${prefix}/${key}${query}`),
  ),
  `/cas/${hash}`,
  `/ac/${hash}`,
  '/cas/malformed',
  '/status',
  '/api/v1/exists',
  '/api/v1/lookup',
  '/api/v1/fetch',
  '/api/v1/purge',
  '/api/v1/unknown',
  '/v8/artifacts',
  '/v8/artifacts/events',
  '/v8/artifacts/status',
  '/dav/folder/',
  '/unknown',
];
const pages = ['/', '/healthz', '/readyz', '/metrics', '/api/v1/stats', '/api/v1/openapi.json'];
const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'MKCOL'];
const purge = '{"what":"older","thanMs":0}';

const server = await startInProcess({ after });
assert.equal(
  (await fetch(`${server.url}/ac/${hash}`, { method: 'PUT', body: 'mine' })).status,
  200,
);

function requestOf(method: string, path: string, headers: string, host = 'localhost'): string {
  const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? '' : purge;
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}${length}\r\n${body}`;
}

async function statusOf(client: RawConnection, request: string): Promise<number> {
  client.send(request);
  return (await client.answer(request.startsWith('HEAD') ? 'HEAD' : 'GET')).status;
}

async function assertUntouched(): Promise<void> {
  const { store } = (await (await fetch(`${server.url}/api/v1/stats`)).json()) as {
    store: { entries: number };
  };
  assert.equal(store.entries, 1);
  assert.equal(await (await fetch(`${server.url}/ac/${hash}`)).text(), 'mine');
}

describe('on every route, with every method', () => {
  for (const [shape, headers] of Object.entries(shapes)) {
    test(`${shape} is refused`, async (t) => {
      // All on one connection, which the fast path has first.
      const client = await RawConnection.open(t, server.port);
      assert.equal(await statusOf(client, requestOf('GET', `/ac/${hash}`, '')), 200);
      for (const path of [...paths, ...pages]) {
        for (const method of methods) {
          const status = await statusOf(client, requestOf(method, path, headers));
          assert.equal(status, 403, `${method} ${path}`);
        }
      }
      await assertUntouched();
    });
  }

  test('a foreign name that resolves to this machine is refused', async (t) => {
    const client = await RawConnection.open(t, server.port);
    for (const path of [...paths, ...pages]) {
      for (const method of methods) {
        const request = requestOf(method, path, '', `evil.example:${server.port}`);
        assert.equal(await statusOf(client, request), 403, `${method} ${path}`);
      }
    }
    await assertUntouched();
  });
});

describe('harmless requests are served', () => {
  test('a link from elsewhere leads to the pages, and to nothing else', async (t) => {
    const client = await RawConnection.open(t, server.port);
    const visit = 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n';
    for (const path of pages) {
      assert.equal(await statusOf(client, requestOf('GET', path, visit)), 200, path);
      const sent = await statusOf(client, requestOf('POST', path, visit));
      assert.equal(sent, 403, path);
    }
    for (const path of paths) {
      assert.equal(await statusOf(client, requestOf('GET', path, visit)), 403, path);
    }
  });

  test('a request that somebody typed, or a page of this very origin sends', async (t) => {
    const client = await RawConnection.open(t, server.port);
    for (const headers of [
      'Sec-Fetch-Site: none\r\n',
      'Sec-Fetch-Site: same-origin\r\n',
      'Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n',
    ]) {
      assert.equal(await statusOf(client, requestOf('GET', `/ac/${hash}`, headers)), 200, headers);
    }
  });

  test('the machine by its addresses, as localhost, and by the names that are allowed', async (t) => {
    const { port } = await startInProcess(t, {
      env: { MEMOBUILD_ALLOWED_HOSTS: 'cache.example, Other.example' },
    });
    const client = await RawConnection.open(t, port);
    for (const host of ['127.0.0.1', '[::1]:80', 'LOCALHOST:9', 'cache.example', 'other.example']) {
      const request = requestOf('GET', `/ac/${hash}`, '', host);
      assert.equal(await statusOf(client, request), 404, host);
    }
    const request = requestOf('GET', `/ac/${hash}`, '', 'evil.example');
    assert.equal(await statusOf(client, request), 403);
  });
});

test('a body that is to be JSON is taken as application/json alone', async () => {
  for (const path of ['/api/v1/purge', '/api/v1/exists', '/v8/artifacts', '/v8/artifacts/events']) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      const answer = await fetch(server.url + path, {
        method: 'POST',
        headers: { 'content-type': type },
        body: purge,
      });
      assert.equal(answer.status, 400, `${path} ${type}`);
      assert.match(await answer.text(), /Content-Type must be application\/json/);
    }
  }
  await assertUntouched();
});
