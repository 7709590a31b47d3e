import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ended } from '../../src/testing/child-process.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { hashOf, workersOf } from './serve-client.ts';

const rounds = 4;

test('kill -9 of the whole server during writes loses no acknowledged write', async (t) => {
  const first = await startServer(t, { args: ['--workers', '2'] });
  const acknowledged = new Map<string, number>();
  let server = first;
  for (let round = 0; round < rounds; round += 1) {
    const { url } = server;
    let over = false;
    const writer = async (): Promise<void> => {
      while (!over) {
        // Sizes on both sides of what lies in the index and what is a file of its own.
        const bytes = randomBytes([100, 10_000, 50_000, 400_000][Math.floor(Math.random() * 4)]!);
        const hash = hashOf(bytes);
        const response = await fetch(`${url}/cas/${hash}`, { method: 'PUT', body: bytes }).catch(
          () => undefined,
        );
        if (response?.status === 200) acknowledged.set(hash, bytes.byteLength);
      }
    };
    const pids = [server.child.pid!, ...(await workersOf(url))];
    const writers = Array.from({ length: 8 }, writer);
    await delay(300 + round * 100);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    over = true;
    await Promise.all(writers);
    await ended(server.child);
    server = await startServer(t, { dir: first.dir, args: ['--workers', '2'] });
    for (const [hash, sizeBytes] of acknowledged) {
      const response = await fetch(`${server.url}/cas/${hash}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.equal(response.status, 200, `lost ${hash} of ${sizeBytes} bytes in round ${round}`);
      assert.equal(hashOf(bytes), hash);
    }
  }
  assert.ok(acknowledged.size > 20, `${acknowledged.size} writes`);
});
