import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawConnection } from '../../testing/raw-connection.ts';
import { startInProcess } from '../../testing/start-in-process.ts';

const limit = { env: { MEMOBUILD_MAX_BLOB_SIZE: '100000' } };
const hello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('a client that writes 40 MiB before it reads gets the refusal', async (t) => {
  const { port } = await startInProcess(t, limit);
  const client = await RawConnection.open(t, port);
  const piece = Buffer.alloc(2 ** 20);
  client.socket.pause();
  client.send(
    `PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${40 * piece.length}\r\n\r\n`,
  );
  for (let n = 0; n < 40; n += 1) {
    await new Promise<void>((resolve) => client.socket.write(piece, () => resolve()));
  }
  client.socket.resume();
  assert.equal((await client.answer()).status, 413);
  await client.closed();
  assert.equal(client.error, undefined);
});

test('a client that goes on without end, or stops sending, is cut off in time', async (t) => {
  const { port } = await startInProcess(t, {
    env: { ...limit.env, MEMOBUILD_LEFTOVER_TIMEOUT: '300ms' },
  });
  for (const pauseMs of [1, 100_000]) {
    const client = await RawConnection.open(t, port);
    client.send(
      `PUT /cas/${hello} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 40}\r\n\r\n`,
    );
    const sending = setInterval(() => client.send(Buffer.alloc(1000)), pauseMs);
    await client.closed();
    clearInterval(sending);
  }
});
