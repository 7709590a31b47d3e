import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memobuildVersion } from '../../../core/index.ts';
import { createEndpoint } from './endpoint.ts';

const endpoint = (
  url: string,
  headers: Record<string, string> = {},
): ReturnType<typeof createEndpoint> => createEndpoint({ url, headers, tls: { insecure: false } });

const cases = [
  { url: 'http://cache.test', host: 'cache.test', port: 80, basePath: '', tls: false },
  { url: 'https://cache.test/', host: 'cache.test', port: 443, basePath: '', tls: true },
  {
    url: 'http://cache.test:8080/a/b//',
    host: 'cache.test',
    port: 8080,
    basePath: '/a/b',
    tls: false,
  },
  { url: 'http://[::1]:9000/x%20y', host: '::1', port: 9000, basePath: '/x%20y', tls: false },
];
for (const { url, tls, ...rest } of cases) {
  test(url, () => {
    const { host, port, basePath, tls: options } = endpoint(url);
    assert.deepEqual({ host, port, basePath }, rest);
    assert.equal(options !== undefined, tls);
  });
}

test('every request says its host, who asks, and what the user adds', () => {
  assert.equal(
    endpoint('http://cache.test:81', { 'X-A': 'b' }).headerLines,
    `Host: cache.test:81\r\nUser-Agent: memobuild-loadtest/${memobuildVersion}\r\nX-A: b\r\n`,
  );
});

test('user and password of the URL are sent, unless another authorization is given', () => {
  assert.match(
    endpoint('http://a:b%20c@cache.test').headerLines,
    /Authorization: Basic YTpiIGM=\r\n/,
  );
  const own = endpoint('http://a:b@cache.test', { authorization: 'Bearer x' }).headerLines;
  assert.doesNotMatch(own, /Basic/);
});

test('TLS sends a server name for a name and not for an address', () => {
  assert.equal(endpoint('https://cache.test').tls?.servername, 'cache.test');
  assert.equal(endpoint('https://127.0.0.1').tls?.servername, undefined);
  assert.equal(endpoint('https://[::1]').tls?.servername, undefined);
});

test('what would break a request is refused', () => {
  assert.throws(() => endpoint('ftp://cache.test'), /http or https/);
  assert.throws(() => endpoint('http://cache.test', { 'a b': 'c' }), /is not a header name/);
  assert.throws(() => endpoint('http://cache.test', { a: 'b\r\nX: y' }), /not allowed in a header/);
});
