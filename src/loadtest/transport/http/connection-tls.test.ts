import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  checkServerIdentity,
  type PeerCertificate,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls';
import { OperationFailure } from '../../../protocols/shared/load-client.ts';
import { testCa, testClient, testServer } from '../../../testing/tls-certificates.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import { DeadlineSweep } from '../shared/deadline-sweep.ts';
import { createEndpoint, type EndpointConfig } from '../shared/endpoint.ts';
import { Connection } from './connection.ts';

interface Seen {
  readonly serverName: string | false;
  readonly authorized: boolean;
  readonly host: string;
  bodyBytes: number;
}

async function listen(
  t: TestContext,
  host: string,
  tls: TlsOptions = {},
): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer({ ...testServer, ...tls }, (request, response) => {
    const socket = request.socket as TLSSocket & { servername?: string | false };
    const entry: Seen = {
      serverName: socket.servername ?? false,
      authorized: socket.authorized,
      host: request.headers.host ?? '',
      bodyBytes: 0,
    };
    seen.push(entry);
    request.on('data', (chunk: Buffer) => {
      entry.bodyBytes += chunk.length;
    });
    request.on('end', () => response.end('x'.repeat(100_000)));
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

async function ask(
  t: TestContext,
  url: string,
  tls: EndpointConfig['tls'],
): Promise<{ bytes: number } | { kind: string; message: string }> {
  const endpoint = createEndpoint({ url, headers: {}, tls });
  const connection = new Connection(endpoint, new DeadlineSweep());
  t.after(() => connection.close());
  connection.deadlineMs = performance.now() + 10_000;
  try {
    const { bodyBytes } = await connection.exchange({ method: 'GET', path: '/' });
    // A large body, too, on the same connection.
    const body = new PayloadPool(createPoolMemory(1)).payload('d'.repeat(64), 3_000_000);
    await connection.exchange({ method: 'PUT', path: '/', body });
    assert.equal(connection.opened, 1);
    return { bytes: bodyBytes };
  } catch (error) {
    assert.ok(error instanceof OperationFailure);
    return { kind: error.kind, message: error.message };
  }
}

test('a server whose CA is given is trusted, and receives its name', async (t) => {
  const { port, seen } = await listen(t, '127.0.0.1');
  const url = `https://localhost:${port}`;
  assert.deepEqual(await ask(t, url, { ca: testCa, insecure: false }), { bytes: 100_000 });
  assert.deepEqual(
    seen.map(({ serverName }) => serverName),
    ['localhost', 'localhost'],
  );
  assert.deepEqual([seen[0]!.host, seen[1]!.bodyBytes], [`localhost:${port}`, 3_000_000]);
});

test('an unknown CA is refused with a message that says so, unless insecure', async (t) => {
  const { port } = await listen(t, '127.0.0.1');
  const url = `https://127.0.0.1:${port}`;
  const refused = await ask(t, url, { insecure: false });
  assert.ok('kind' in refused);
  assert.equal(refused.kind, 'refused');
  assert.match(refused.message, /certificate/);
  assert.deepEqual(await ask(t, url, { insecure: true }), { bytes: 100_000 });
});

test('a client certificate is shown, and its lack is a failure', async (t) => {
  const { port, seen } = await listen(t, '127.0.0.1', { ca: testCa, requestCert: true });
  const url = `https://127.0.0.1:${port}`;
  const own = { ca: testCa, ...testClient, insecure: false };
  assert.deepEqual(await ask(t, url, own), { bytes: 100_000 });
  assert.equal(seen[0]!.authorized, true);
  // With TLS 1.3 the server says no after the handshake: the connection is made and then broken.
  const without = await ask(t, url, { ca: testCa, insecure: false });
  assert.ok('kind' in without && ['refused', 'reset'].includes(without.kind));
});

test('IPv6 addresses are reached', async (t) => {
  const { port, seen } = await listen(t, '::1').catch(() => {
    t.skip('this machine has no IPv6 loopback');
    return { port: 0, seen: [] };
  });
  if (port === 0) return;
  const url = `https://[::1]:${port}`;
  // Node 22.23 finds no IPv6 address in a certificate, however it is written there.
  const names = { subjectaltname: 'IP Address:0:0:0:0:0:0:0:1', subject: {} } as PeerCertificate;
  const insecure = checkServerIdentity('::1', names) !== undefined;
  assert.deepEqual(await ask(t, url, { ca: testCa, insecure }), { bytes: 100_000 });
  assert.equal(seen[0]!.host, `[::1]:${port}`);
});

test('a plain server behind https is refused', async (t) => {
  const { createServer: createPlain } = await import('node:http');
  const server = createPlain().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const answer = await ask(t, `https://127.0.0.1:${port}`, { insecure: true });
  assert.ok('kind' in answer && answer.kind === 'refused');
});
