import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { smallDisk } from '../../src/testing/small-disk.ts';
import { startServer } from '../../src/testing/start-server.ts';
import { hashOf } from './serve-client.ts';

test('a full disk is answered 507, leaves nothing behind, and the server keeps serving', async (t) => {
  const disk = await smallDisk(t, '24m');
  if (disk === undefined) return t.skip('mounting a tmpfs takes root');
  const server = await startServer(t, { dir: join(disk, 'store') });
  const put = async (bytes: Buffer): Promise<number> => {
    const path = `${server.url}/cas/${hashOf(bytes)}`;
    const response = await fetch(path, { method: 'PUT', body: bytes });
    if (response.status === 507) assert.match(await response.text(), /store_full/);
    else await response.arrayBuffer();
    return response.status;
  };
  const small = randomBytes(40_000);
  assert.equal(await put(small), 200);
  const statuses: number[] = [];
  for (let n = 0; n < 30; n += 1) statuses.push(await put(randomBytes(2 ** 20)));
  assert.ok(statuses.includes(200));
  assert.ok(statuses.includes(507), statuses.join(' '));
  assert.ok(
    statuses.every((status) => status === 200 || status === 507),
    statuses.join(' '),
  );
  const before = await bytesIn(disk);
  assert.equal(await put(randomBytes(20 * 2 ** 20)), 507);
  assert.equal(await bytesIn(disk), before, 'no part of the refused body stays');
  const got = await fetch(`${server.url}/cas/${hashOf(small)}`);
  assert.ok(Buffer.from(await got.arrayBuffer()).equals(small), 'what was stored is served');
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);

  const purge = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"what":"older","thanMs":0}',
  };
  assert.equal((await fetch(`${server.url}/api/v1/purge`, purge)).status, 200);
  // Deleted files go when nobody can be reading them any more.
  let status = 507;
  for (let attempt = 0; attempt < 100 && status !== 200; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    status = await put(randomBytes(2 ** 20));
  }
  assert.equal(status, 200, 'with room again it stores again');
});

async function bytesIn(dir: string): Promise<number> {
  let sizeBytes = 0;
  for (const name of await readdir(dir, { recursive: true })) {
    const entry = await stat(join(dir, name));
    if (entry.isFile()) sizeBytes += entry.size;
  }
  return sizeBytes;
}
