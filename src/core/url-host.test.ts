import assert from 'node:assert/strict';
import { test } from 'node:test';
import { socketHost, urlHost } from './url-host.ts';

test('an address of IPv6 has brackets in a URL and none for a socket', () => {
  for (const [host, inUrl] of [
    ['::1', '[::1]'],
    ['127.0.0.1', '127.0.0.1'],
    ['cache.example', 'cache.example'],
  ] as const) {
    assert.equal(urlHost(host), inUrl);
    assert.equal(socketHost(new URL(`http://${inUrl}:80/`).hostname), host);
  }
});
