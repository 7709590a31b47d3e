// A test that is to be cut off: it has started a process of each kind, says so, and never ends.
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultyCache } from '../../../src/testing/faulty-cache/index.ts';
import { startMemobuild } from '../../../src/testing/start-memobuild.ts';
import { startServer } from '../../../src/testing/start-server.ts';
import { noBrowser, openPage } from '../browser.ts';

test('is cut off', async (t) => {
  await startFaultyCache(t, []);
  const { url } = await startServer(t, { args: ['--workers', '2'] });
  if (noBrowser === false) await openPage(t, `${url}/healthz`);
  // It starts a server in turn, which leads a process group of its own.
  const load = ['--requests', '0', '--duration', '600', '--working-set', '50', '--size', '1KiB'];
  await startMemobuild(t, ['loadtest', ...load]).stderr.first(/running/, 90_000);
  process.stderr.write('everything is started\n');
  await sleep(600_000);
});
