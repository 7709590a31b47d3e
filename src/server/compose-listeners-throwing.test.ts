import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import type { Cache } from '../cache/index.ts';
import { loadConfig } from '../config/index.ts';
import { silentLogger } from '../core/index.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import { createAccess } from './access/access.ts';
import { auditedAccess } from './access/audited-access.ts';
import { openToAll } from './access/auth.ts';
import { composeHttp } from './compose-http.ts';
import { composeOtherListeners } from './compose-listeners.ts';
import type { WorkerParts } from './compose-parts.ts';
import { OutputBudget } from './listener/output-budget.ts';
import { Telemetry } from './telemetry/telemetry.ts';

/** A cache of which every method throws at once, as no cache should. */
const throwing = new Proxy({} as Cache, {
  get: () => () => {
    throw new TypeError('not a cache');
  },
});

async function partsWithThrowingCache(): Promise<WorkerParts> {
  const { config } = await loadConfig({
    env: {},
    flags: { store: 'memory', redisPort: 0, grpcPort: 0 },
  });
  const quietAccess = createAccess({ authenticator: openToAll, readOnly: false });
  return {
    config,
    tls: null,
    cache: throwing,
    access: auditedAccess(quietAccess, () => {}, silentLogger),
    quietAccess,
    output: new OutputBudget(config.limits),
    telemetry: new Telemetry(),
    lifecycle: { draining: false },
    logger: silentLogger,
    onAccess: undefined,
  };
}

const hash = 'a'.repeat(64);
const requests = {
  'fast path, GET': `GET /ac/${hash} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  'fast path, HEAD': `HEAD /cas/${hash} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  'fast path, PUT': `PUT /ac/${hash} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab`,
  'HTTP, GET': `GET /ac/${hash} HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-0\r\n\r\n`,
  'HTTP, PUT': `PUT /ac/${hash} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
  'HTTP, readiness': 'GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n',
} as const;

test('what a cache throws ends one request over HTTP, and not the process', async (t) => {
  const listener = composeHttp(await partsWithThrowingCache(), () =>
    Promise.reject(new Error('no')),
  );
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => listener.closeAll());
  t.after(() => listener.stopAccepting());
  for (const [name, request] of Object.entries(requests)) {
    const connection = await RawConnection.open(t, port);
    connection.send(request);
    const outcome = await connection.answer(name.includes('HEAD') ? 'HEAD' : 'GET').then(
      ({ status }) => status,
      () => 'closed',
    );
    assert.ok(outcome === 'closed' || outcome === 404 || outcome === 503, `${name}: ${outcome}`);
  }
});

test('what a cache throws ends one command or call, and not the process', async (t) => {
  const others = await composeOtherListeners(await partsWithThrowingCache());
  const ports: Record<string, number> = {};
  for (const { scheme, listener } of others) {
    ports[scheme] = await listener.listen({ host: '127.0.0.1', port: 0 });
    t.after(() => listener.closeAll());
    t.after(() => listener.stopAccepting());
  }
  const redis = await RawConnection.open(t, ports.redis!);
  redis.send('*2\r\n$3\r\nGET\r\n$1\r\na\r\n*1\r\n$4\r\nQUIT\r\n');
  assert.match(await redis.closed(), /^(?:\$-1|-|\+OK|$)/);
  const session = http2.connect(`http://127.0.0.1:${ports.grpc}`);
  t.after(() => session.destroy());
  session.on('error', () => {});
  const call = session.request({
    ':method': 'POST',
    ':path': '/build.bazel.remote.execution.v2.ActionCache/GetActionResult',
    'content-type': 'application/grpc',
  });
  call.on('error', () => {});
  call.end(Buffer.alloc(5));
  call.resume();
  await new Promise((resolve) => call.once('close', resolve));
  assert.ok(session.closed === false || session.destroyed);
});
