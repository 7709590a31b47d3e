import assert from 'node:assert/strict';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { openLoadConnection } from '../../../testing/open-load-connection.ts';
import { createArtifactClient } from '../../operation/artifact-clients.ts';
import { createPoolMemory, PayloadPool } from '../../workload/payload-pool.ts';
import { unobserved } from '../shared/connection-observer.ts';

const artifact = new PayloadPool(createPoolMemory(1)).artifact('ab'.repeat(32), 1000);

async function portOf(t: TestContext, server: net.Server | http2.Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a call on a connection that had been closed is made once more, after a reset it is not', async (t) => {
  const through = new Set<net.Socket>();
  let calls = 0;
  let close: (socket: net.Socket) => void = (socket) => socket.end();
  const server = http2.createServer().on('stream', (stream) => {
    stream.on('error', () => {});
    calls += 1;
    // The second call on each connection finds it closed; the others find no entry.
    if (calls % 2 === 0) for (const socket of through) close(socket);
    else
      stream.respond(
        { 'content-type': 'application/grpc', 'grpc-status': '5' },
        { endStream: true },
      );
  });
  const onwardPort = await portOf(t, server);
  const proxy = net.createServer((socket) => {
    const onward = net.connect(onwardPort, '127.0.0.1').on('error', () => {});
    through.add(socket.on('error', () => {}).on('close', () => through.delete(socket)));
    socket.pipe(onward).pipe(socket);
    t.after(() => void onward.destroy());
  });
  const url = `grpc://127.0.0.1:${await portOf(t, proxy)}`;
  let stale = 0;
  const observer = { ...unobserved, wasStale: () => (stale += 1) };
  const connection = openLoadConnection(t, { url }, observer);
  const client = await createArtifactClient('reapi', '');
  assert.equal(await client.lookup(connection, artifact), 'miss');
  assert.equal(await client.lookup(connection, artifact), 'miss', 'the third call');
  assert.deepEqual([stale, calls, connection.opened], [1, 3, 2]);
  close = (socket) => socket.resetAndDestroy();
  await assert.rejects(client.lookup(connection, artifact), { kind: 'reset' });
  assert.equal(stale, 1);
});
