import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { tempDir } from '../testing/temp-dir.ts';
import { exposedSecrets } from './exposed-secrets.ts';
import { loadConfig } from './load.ts';

test('secrets in files that others can read are warned of, by flag and file', async (t) => {
  const dir = await tempDir(t);
  const tokens = join(dir, 'tokens');
  const tlsKey = join(dir, 'key.pem');
  for (const file of [tokens, tlsKey]) await writeFile(file, '', { mode: 0o600 });
  const { config } = await loadConfig({ env: {}, flags: { tokens, tlsKey, tlsCert: 'cert.pem' } });
  assert.deepEqual(await exposedSecrets(config), []);
  for (const file of [tokens, tlsKey]) await chmod(file, 0o644);
  const warnings = await exposedSecrets(config);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0]!, /^--tokens .*tokens can be read by other users/);
  assert.match(warnings[1]!, /^--tls-key .*key\.pem can be read by other users/);
});

test('tokens over plain HTTP are warned of where others can listen', async (t) => {
  const tokens = join(await tempDir(t), 'tokens');
  await writeFile(tokens, '', { mode: 0o600 });
  const warningsOf = async (flags: Record<string, string>) =>
    await exposedSecrets((await loadConfig({ env: {}, flags: { tokens, ...flags } })).config);
  assert.deepEqual(await warningsOf({ host: '127.0.0.1' }), []);
  assert.deepEqual(await warningsOf({ host: '0.0.0.0', tlsCert: 'c', tlsKey: tokens }), []);
  assert.match((await warningsOf({ host: '0.0.0.0' }))[0] ?? '', /in the clear over plain HTTP/);
});
