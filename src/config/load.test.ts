import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { smallFileBytesMax } from '../core/index.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { describeConfig } from './describe.ts';
import { ConfigError, loadConfig } from './load.ts';
import { allSettings } from './schema.ts';

const none = { env: {}, flags: {} };

async function problemsOf(sources: Parameters<typeof loadConfig>[0]): Promise<readonly string[]> {
  try {
    await loadConfig(sources);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test('with nothing given every setting has its default, and says so', async () => {
  const { config, origins } = await loadConfig(none);
  assert.equal(config.listen.host, '127.0.0.1');
  assert.equal(config.listen.port, 8080);
  assert.equal(config.store.maxSizeBytes, 10 * 2 ** 30);
  assert.ok([...origins.values()].every((origin) => origin === 'default'));
});

test('flags go before the environment, that before the file, that before the defaults', async (t) => {
  const file = join(await tempDir(t), 'c.yaml');
  await writeFile(
    file,
    'listen: { port: 1, host: 127.0.0.2 }\nstore: { maxSize: 1GiB, dir: /from/file }\n',
  );
  const env = { MEMOBUILD_PORT: '2', MEMOBUILD_MAX_SIZE: '2GiB' };
  const { config, origins } = await loadConfig({ file, env, flags: { port: '3' } });
  assert.equal(config.listen.port, 3);
  assert.equal(config.store.maxSizeBytes, 2 * 2 ** 30);
  assert.equal(config.store.dir, '/from/file');
  assert.equal(config.listen.host, '127.0.0.2');
  assert.equal(origins.get('listen.port'), '--port');
  assert.equal(origins.get('store.maxSize'), 'MEMOBUILD_MAX_SIZE');
  assert.equal(origins.get('store.dir'), `${file}: store.dir`);
  assert.equal(origins.get('log.level'), 'default');
});

test('every problem is listed at once, each with its source and what it takes', async (t) => {
  const file = join(await tempDir(t), 'c.yaml');
  await writeFile(file, 'store: { maxSize: lots, dirr: x }\nstoer: {}\nlimits: 3\n');
  const problems = await problemsOf({
    file,
    env: { MEMOBUILD_WORKERS: '-1' },
    flags: { port: '70000', logLevel: 'loud' },
  });
  const expected = [
    /store\.dirr is not a setting: did you mean store\.dir\?/,
    /stoer is not an area: did you mean store\?/,
    /limits must hold settings, got 3/,
    /^--port must be a whole number from 0 to 65535, got "70000"/,
    /store\.maxSize must be a size such as 10GiB, got "lots"/,
    /^MEMOBUILD_WORKERS must be a whole number from 0 to 256, got "-1"/,
    /^--log-level must be one of debug, info, warn, error, silent, got "loud"/,
  ];
  for (const form of expected) {
    assert.ok(
      problems.some((problem) => form.test(problem)),
      `${form}: ${problems.join('\n')}`,
    );
  }
  assert.equal(problems.length, expected.length);
});

describe('settings that contradict each other', () => {
  const cases = [
    { flags: { host: '0.0.0.0' }, problem: /--tokens FILE, or --insecure-no-auth/ },
    { flags: { host: '::' }, problem: /--tokens FILE, or --insecure-no-auth/ },
    { flags: { host: 'build.example' }, problem: /--tokens FILE, or --insecure-no-auth/ },
    { flags: { tlsCert: 'a.pem' }, problem: /--tls-cert and --tls-key must be given together/ },
    { flags: { tokens: 'a', insecureNoAuth: true }, problem: /given together/ },
    { flags: { store: 'memory', workers: '2' }, problem: /--store memory requires --workers 1/ },
    { flags: { maxSize: '1MiB', maxBlobSize: '2MiB' }, problem: /--max-blob-size must not exceed/ },
    {
      flags: { drainWindow: '9s', drainDeadline: '8s' },
      problem: /--drain-deadline must be at least/,
    },
    {
      flags: { drainDelay: '5s', drainWindow: '4s', drainDeadline: '8s' },
      problem: /--drain-deadline must be at least/,
    },
  ];
  for (const { flags, problem } of cases) {
    test(JSON.stringify(flags), async () => {
      const problems = await problemsOf({ env: {}, flags });
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, problem);
    });
  }
  const fine = [
    { host: '127.8.8.8' },
    { host: 'localhost' },
    { host: '::1' },
    { host: '0.0.0.0', insecureNoAuth: true },
    { host: '0.0.0.0', tokens: 'a' },
    { maxSize: '1MiB' },
  ];
  for (const flags of fine) {
    test(`${JSON.stringify(flags)} is none`, async () => {
      assert.deepEqual(await problemsOf({ env: {}, flags }), []);
    });
  }
});

test('a file that cannot be read or is not a mapping is a problem that names it', async (t) => {
  const dir = await tempDir(t);
  const list = join(dir, 'list.yaml');
  const broken = join(dir, 'broken.yaml');
  await writeFile(list, '- a\n');
  await writeFile(broken, 'a: [\n');
  const large = join(dir, 'large.yaml');
  await writeFile(large, '#'.repeat(smallFileBytesMax + 1));
  // A device that never ends is read no further than that.
  for (const file of [list, broken, join(dir, 'absent.yaml'), dir, large, '/dev/zero']) {
    const problems = await problemsOf({ ...none, file });
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.startsWith(file));
  }
});

test('JSON is read as well, an empty file and an empty setting change nothing', async (t) => {
  const dir = await tempDir(t);
  const json = join(dir, 'c.json');
  await writeFile(json, '{"listen": {"port": 9}, "auth": {"readOnly": true}}');
  const { config } = await loadConfig({ ...none, file: json });
  assert.deepEqual([config.listen.port, config.auth.readOnly], [9, true]);
  const empty = join(dir, 'empty.yaml');
  await writeFile(empty, '# nothing\n');
  assert.equal((await loadConfig({ ...none, file: empty })).config.listen.port, 8080);
  await writeFile(empty, 'listen:\n  tlsCert:\n  port:\n');
  assert.equal((await loadConfig({ ...none, file: empty })).config.listen.port, 8080);
});

test('a variable that is nearly a setting is warned of, others are left alone', async () => {
  const env = { MEMOBUILD_PROT: '1', MEMOBUILD_TEST_RUN: 'x', HOME: '/' };
  const { warnings } = await loadConfig({ env, flags: {} });
  assert.deepEqual(warnings, ['MEMOBUILD_PROT is not a setting: did you mean MEMOBUILD_PORT?']);
});

test('an empty variable is one that is not set', async () => {
  const env = { MEMOBUILD_PORT: '', MEMOBUILD_WORKERS: ' ', MEMOBUILD_TLS_CERT: '' };
  const { config, origins, warnings } = await loadConfig({ env, flags: {} });
  assert.equal(config.listen.port, 8080);
  assert.equal(origins.get('processes.workers'), 'default');
  assert.equal(config.listen.tlsCert, undefined);
  assert.deepEqual(warnings, []);
});

test('the variables that Kubernetes makes for a service of this name change nothing', async () => {
  const env = {
    MEMOBUILD_PORT: 'tcp://10.96.255.235:8080',
    MEMOBUILD_SERVICE_HOST: '10.96.255.235',
    MEMOBUILD_SERVICE_PORT: '8080',
    MEMOBUILD_SERVICE_PORT_HTTP: '8080',
    MEMOBUILD_PORT_8080_TCP: 'tcp://10.96.255.235:8080',
    MEMOBUILD_PORT_8080_TCP_PROTO: 'tcp',
    MEMOBUILD_PORT_8080_TCP_PORT: '8080',
    MEMOBUILD_PORT_8080_TCP_ADDR: '10.96.255.235',
  };
  const { config, origins, warnings } = await loadConfig({ env, flags: {} });
  assert.equal(config.listen.port, 8080);
  assert.equal(origins.get('listen.port'), 'default');
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^MEMOBUILD_PORT=tcp:.* is ignored: Kubernetes sets it/);
});

test('a flag makes a variable that is not usable irrelevant', async () => {
  const env = { MEMOBUILD_WORKERS: 'many' };
  const { config, warnings } = await loadConfig({ env, flags: { workers: '3' } });
  assert.equal(config.processes.workers, 3);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^MEMOBUILD_WORKERS must be .*; it is ignored, since --workers is given/,
  );
});

test("sizes are taken as Kubernetes writes them, and whatever else isn't a size is refused", async () => {
  const { config } = await loadConfig({ env: {}, flags: { maxSize: '10Gi' } });
  assert.equal(config.store.maxSizeBytes, 10 * 2 ** 30);
  for (const maxSize of ['0x10', '0x10Gi', '10 Gigs', '-1Gi']) {
    assert.equal((await problemsOf({ env: {}, flags: { maxSize } })).length, 1, maxSize);
  }
});

test('what is printed is a file that gives the same configuration', async (t) => {
  const flags = {
    port: '7',
    maxSize: '1500MB',
    maxBlobSize: '3MiB',
    drainWindow: '250ms',
    dir: 'a: b',
  };
  const loaded = await loadConfig({ env: {}, flags });
  const text = describeConfig(loaded);
  assert.match(text, /port: 7 +# --port\n/);
  assert.match(text, /maxBlobSize: 3MiB +# --max-blob-size\n/);
  const file = join(await tempDir(t), 'printed.yaml');
  await writeFile(file, text);
  assert.deepEqual((await loadConfig({ ...none, file })).config, loaded.config);
});

test('no two settings share a name', () => {
  for (const names of [
    allSettings.map(({ key }) => key),
    allSettings.map(({ env }) => env),
    allSettings.flatMap(({ flag }) => flag ?? []),
  ]) {
    assert.equal(new Set(names).size, names.length);
  }
});
