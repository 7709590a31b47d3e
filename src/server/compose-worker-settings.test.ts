import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../config/index.ts';
import { parseWorkerSettings, type WorkerSettings } from './compose-worker-settings.ts';

const { config } = await loadConfig({ env: {}, flags: {} });
const settings: WorkerSettings = {
  config,
  credentials: [{ name: 'ci', scheme: 'bearer', secretSha256: 'ab'.repeat(32), scope: 'write' }],
  tls: { cert: 'a certificate', key: 'a key' },
  trace: { path: '/a.trace', sizeBytesMax: 1, startedAtMs: 2, secret: 'cd' },
};

/** What is left of a value once a process sent it to another. */
function sent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('settings come through a message between processes whole', () => {
  assert.deepEqual(sent(parseWorkerSettings(sent(settings))), sent(settings));
  const none: WorkerSettings = { config, credentials: null, tls: null, trace: null };
  assert.deepEqual(sent(parseWorkerSettings(sent(none))), sent(none));
});

for (const part of Object.keys(settings)) {
  test(`settings without ${part} are refused`, () => {
    assert.throws(() => parseWorkerSettings(sent({ ...settings, [part]: undefined })), {
      message: new RegExp(`"${part}"`),
    });
  });
}

test('a configuration that lacks a setting is refused', () => {
  const { blobBytesMax: _, ...store } = config.store;
  const lacking = { ...settings, config: { ...config, store } };
  assert.throws(() => parseWorkerSettings(sent(lacking)), /a value for every setting/);
});
