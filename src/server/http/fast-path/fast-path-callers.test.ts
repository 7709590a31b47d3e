import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Cache, Caller } from '../../../cache/index.ts';
import { defaultLimits } from '../../../config/index.ts';
import { silentLogger } from '../../../core/index.ts';
import { RawConnection } from '../../../testing/raw-connection.ts';
import { createAccess } from '../../access/access.ts';
import {
  type Authenticator,
  createAuthenticator,
  hashSecret,
  openToAll,
} from '../../access/auth.ts';
import { OutputBudget } from '../../listener/output-budget.ts';
import { Telemetry } from '../../telemetry/telemetry.ts';
import { BrowserGuard } from '../browser-guard.ts';
import { createFastPathHost } from '../fast-path-host.ts';
import { FastPath } from './fast-path.ts';

const path = (instance: string): string => `${instance}/ac/${'a'.repeat(64)}`;
const get = (instance: string, token?: string): string =>
  `GET ${path(instance)} HTTP/1.1\r\nHost: x\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}\r\n`;

test('requests that are alike share one caller, over all connections', async (t) => {
  const { port, callers } = await startFastPath(t, openToAll);
  for (let connections = 0; connections < 3; connections += 1) {
    const client = await RawConnection.open(t, port);
    for (let requests = 0; requests < 5; requests += 1) {
      client.send(get(''));
      assert.equal((await client.answer()).status, 404);
    }
  }
  assert.equal(callers.length, 15);
  assert.equal(new Set(callers).size, 1);
  assert.deepEqual(callers[0], {
    principal: { name: 'anonymous', scope: 'write' },
    namespace: '',
    protocol: 'bazel',
  });
});

test('each instance has a caller of its own', async (t) => {
  const { port, callers } = await startFastPath(t, openToAll);
  const client = await RawConnection.open(t, port);
  for (const instance of ['/one', '/one', '/two', '', '/one']) {
    client.send(get(instance));
    await client.answer();
  }
  assert.deepEqual(
    callers.map(({ namespace }) => namespace),
    ['one', 'one', 'two', '', 'one'],
  );
  assert.equal(callers[0], callers[1]);
});

test('a connection that changes its credential changes its caller, and what it may do', async (t) => {
  const authenticator = createAuthenticator([
    { name: 'reader', scheme: 'bearer', secretSha256: hashSecret('r'), scope: 'read' },
    { name: 'writer', scheme: 'bearer', secretSha256: hashSecret('w'), scope: 'write' },
  ]);
  const { port, callers, handedOver } = await startFastPath(t, authenticator);
  const client = await RawConnection.open(t, port);
  for (const token of ['r', 'r', 'w', 'r']) {
    client.send(get('', token));
    await client.answer();
  }
  assert.deepEqual(
    callers.map(({ principal }) => principal.name),
    ['reader', 'reader', 'writer', 'reader'],
  );
  assert.equal(callers[0], callers[1]);
  assert.equal(handedOver.length, 0);
  // The full server answers refusals with their reason.
  const put = `PUT ${path('')} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer r\r\nContent-Length: 1\r\n\r\nx`;
  client.send(put);
  await client.closed();
  assert.equal(handedOver.length, 1);
  const stranger = await RawConnection.open(t, port);
  stranger.send(get('', 'other'));
  await stranger.closed();
  assert.equal(handedOver.length, 2);
  assert.equal(callers.length, 4);
});

/** The fast path alone, over a cache that notes its callers. What it hands over is closed. */
async function startFastPath(
  t: TestContext,
  authenticator: Authenticator,
): Promise<{ port: number; callers: readonly Caller[]; handedOver: readonly Socket[] }> {
  const callers: Caller[] = [];
  const handedOver: Socket[] = [];
  const noting: Pick<Cache, 'get'> = {
    get: (_, caller) => {
      callers.push(caller);
      return { kind: 'miss' };
    },
  };
  const host = createFastPathHost({
    cache: noting as Cache,
    access: createAccess({ authenticator, readOnly: false }),
    telemetry: new Telemetry(),
    lifecycle: { draining: false },
    output: new OutputBudget(defaultLimits),
    guard: new BrowserGuard(undefined),
    headerBytesMax: defaultLimits.headerBytesMax,
    onAccess: undefined,
    logger: silentLogger,
  });
  const fast = new FastPath(
    {
      ...host,
      handOver: (socket) => {
        handedOver.push(socket);
        socket.destroy();
      },
    },
    { bodyIdleTimeoutMs: 10_000, keepAliveTimeoutMs: 10_000, bodyBytesPerSecMin: 1 },
  );
  const server = createServer({ allowHalfOpen: true }, (socket) => fast.accept(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    fast.destroy();
    server.close();
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    callers,
    handedOver,
  };
}
