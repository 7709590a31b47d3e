import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../testing/temp-dir.ts';
import { removeStaleSocket } from './stale-socket.ts';

test('a socket that a killed process left is removed, one that is listened to is not', async (t) => {
  const path = join(await tempDir(t), 's.sock');
  await removeStaleSocket(path);
  const killed = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', killed]);
  assert.ok(existsSync(path), 'the killed process left none');
  await removeStaleSocket(path);
  assert.ok(!existsSync(path));
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => server.close());
  await assert.rejects(removeStaleSocket(path), {
    message: `unix:${path} is in use: another program listens there`,
  });
  assert.ok(existsSync(path));
});

test('a file that is not a socket is left alone', async (t) => {
  const path = join(await tempDir(t), 'file');
  await writeFile(path, 'precious');
  await assert.rejects(removeStaleSocket(path), /is not a socket, and is left alone/);
  assert.ok(existsSync(path));
});
