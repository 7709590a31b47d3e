// A test that leaves a process behind. With HANG=1 it does not end either, nor closes its browser;
// with EXIT=1 its process ends in the middle.
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundEnvironment } from '../../../src/testing/bound-environment.ts';
import { noBrowser, openPage } from '../browser.ts';

test('leaves a process', async (t) => {
  const hangs = process.env.HANG === '1';
  if (hangs && noBrowser === false) await openPage(t, 'about:blank');
  const options = { detached: true, env: boundEnvironment(), stdio: 'ignore' } as const;
  spawn('sleep', ['600'], options).unref();
  if (process.env.EXIT === '1') process.exit(1);
  if (hangs) await sleep(600_000);
});
