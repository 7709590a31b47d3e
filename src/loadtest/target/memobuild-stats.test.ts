import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { ServerStats } from '../../protocols/index.ts';
import { MemobuildStatsClient } from './memobuild-stats.ts';

const totals = { hits: 0, misses: 0, hitRate: null, hitBytes: 0, writes: 0, writtenBytes: 0 };
const process = { role: 'worker', uptimeMs: 1, connectionsOpen: 1, requestsInFlight: 0 } as const;
/** Typed by the server's own type: where that changes, this must. */
const answer: ServerStats = {
  software: { name: 'memobuild', version: '1.2.3' },
  uptimeMs: 5,
  workersReplaced: 0,
  lookups: [],
  totals: { ac: totals, cas: totals },
  store: {
    entries: 3,
    sizeBytes: 400,
    maxBytes: 1000,
    evictedEntries: 7,
    evictedBytes: 70,
    damagedEntries: 0,
    reservedBytes: 0,
  },
  requests: [],
  processes: [
    { ...process, pid: 1, rssBytes: 100, privateBytes: 60, cpuMs: 10 },
    { ...process, pid: 2, rssBytes: 200, privateBytes: 80, cpuMs: 30 },
  ],
};
const expected = {
  software: 'memobuild 1.2.3',
  storedBytes: 400,
  storedBytesMax: 1000,
  evictedEntries: 7,
  evictedBytes: 70,
  memoryBytes: 140,
  residentBytes: 300,
  cpuMs: 40,
};

test('a target with other answers, or none, has no statistics', async (t) => {
  let status = 200;
  let body = JSON.stringify(answer);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (status === 0) request.socket.destroy();
    else response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new MemobuildStatsClient({
    url: `http://127.0.0.1:${port}/prefix`,
    headers: {},
    tls: { insecure: false },
  });
  t.after(() => {
    client.close();
    server.close();
  });
  assert.deepEqual(await client.read(), expected);
  assert.deepEqual(asked, ['/prefix/api/v1/stats']);
  for (const wrong of [404, 401, 500, 0]) {
    status = wrong;
    assert.equal(await client.read(), undefined, `status ${wrong}`);
  }
  status = 200;
  const nginx = '{"software":{"name":"nginx"},"processes":[]}';
  for (const other of ['<html>', 'null', '"memobuild"', '[]', '{}', nginx]) {
    body = other;
    assert.equal(await client.read(), undefined, other);
  }
});
