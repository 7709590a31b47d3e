import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cleanup } from '../../testing/cleanup.ts';
import { RawConnection } from '../../testing/raw-connection.ts';
import { FeedChannel } from './feed-channel.ts';
import { PageServerError, startPageServer } from './page-server.ts';

class EmptyFeed extends FeedChannel {
  snapshot(): unknown {
    return {};
  }
}

async function start(t: Cleanup): Promise<number> {
  const pages = { '/made': async () => ({ status: 200, html: '<p>made</p>' }) };
  const server = await startPageServer({ port: 0, page: 'run', feed: new EmptyFeed(), pages });
  t.after(() => server.close());
  return Number(new URL(server.url).port);
}

async function ask(t: Cleanup, port: number, head: string, method = 'GET') {
  const connection = await RawConnection.open(t, port);
  connection.send(`${head}\r\n\r\n`);
  return connection.answer(method);
}

describe('only who belongs here is answered', () => {
  const cases = [
    ['127.0.0.1', 200],
    ['localhost', 200],
    ['LOCALHOST:1234', 200],
    ['[::1]:80', 200],
    ['192.168.1.7:8081', 200],
    ['evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example:80', 403],
    ['evil.example@127.0.0.1', 403],
    ['', 403],
  ] as const;
  for (const [host, status] of cases) {
    test(`host "${host}": ${status}`, async (t) => {
      const port = await start(t);
      for (const path of ['/', '/events', '/made']) {
        if (path === '/events' && status === 200) continue;
        const answer = await ask(t, port, `GET ${path} HTTP/1.1\r\nHost: ${host}`);
        assert.equal(answer.status, status, path);
      }
    });
  }

  test('a page of another site may link here, and may not read', async (t) => {
    const port = await start(t);
    const from = (mode: string): string =>
      `GET /made HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: ${mode}`;
    assert.equal((await ask(t, port, from('no-cors'))).status, 403);
    assert.equal((await ask(t, port, from('cors'))).status, 403);
    assert.equal((await ask(t, port, from('navigate'))).status, 200);
  });
});

test('no other method than GET and HEAD is answered', async (t) => {
  const port = await start(t);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await ask(
      t,
      port,
      `${method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0`,
    );
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.allow, 'GET, HEAD');
  }
  const head = await ask(t, port, 'HEAD / HTTP/1.1\r\nHost: localhost', 'HEAD');
  assert.equal(head.status, 200);
});

test('no path reaches a file that is not listed', async (t) => {
  const port = await start(t);
  const paths = [
    '/assets/../page-server.ts',
    '/assets/%2e%2e/page-server.ts',
    '/assets/..%2fpage-server.ts',
    '/../../../../etc/passwd',
    '//etc/passwd',
    '/assets/',
    '/assets/constructor',
    '/constructor',
    '/__proto__',
    '/assets/run.js/',
    'http://localhost/assets/run.js',
  ];
  for (const path of paths) {
    const answer = await ask(t, port, `GET ${path} HTTP/1.1\r\nHost: localhost`);
    assert.equal(answer.status, 404, path);
  }
});

test('every file of the page is there, and nothing else may run or be loaded', async (t) => {
  const port = await start(t);
  const get = (path: string) => ask(t, port, `GET ${path} HTTP/1.1\r\nHost: localhost`);
  const page = await get('/');
  const policy = page.headers['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /frame-ancestors 'none'/);
  const seen = new Set<string>();
  const waiting = [...page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, at]) => at!);
  assert.ok(waiting.length >= 3);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { status, body, headers } = await get(path);
    assert.equal(status, 200, path);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    if (path.endsWith('echarts.js')) continue;
    assert.doesNotMatch(body, /https?:\/\/(?!www\.w3\.org)/, `${path} names no other server`);
    for (const [, name] of body.matchAll(/ from '\.\/([^']+)'/g)) waiting.push(`/assets/${name}`);
  }
  assert.ok(seen.has('/assets/echarts.js'), [...seen].join());
});

test('a page made here has no script', async (t) => {
  const port = await start(t);
  const { headers } = await ask(t, port, 'GET /made?x=1 HTTP/1.1\r\nHost: localhost');
  assert.doesNotMatch(headers['content-security-policy'] ?? '', /script-src/);
});

test('what a browser has already is not sent again', async (t) => {
  const port = await start(t);
  const head = 'GET /assets/run.js HTTP/1.1\r\nHost: localhost';
  const { headers } = await ask(t, port, head);
  const again = await ask(t, port, `${head}\r\nIf-None-Match: ${headers.etag}`, 'HEAD');
  assert.equal(again.status, 304);
});

test('a port in use is reported as such', async (t) => {
  const port = await start(t);
  await assert.rejects(startPageServer({ port, page: 'run', feed: new EmptyFeed() }), (error) => {
    assert.ok(error instanceof PageServerError);
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1 port ${port}: the port is in use`));
    return true;
  });
});
