import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { Command, CommanderError } from 'commander';
import { CommandError, exitCodes } from '../../shared/exit-codes.ts';
import { addLoadTestFlags } from './flags.ts';
import { type LoadTestPlan, planLoadTest } from './plan.ts';

function planOf(...args: readonly string[]): Promise<LoadTestPlan> {
  const command = addLoadTestFlags(new Command('loadtest'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.action(() => {});
  command.parse(args, { from: 'user' });
  return planLoadTest(command.opts());
}

async function fileOf(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'plan-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'file'), text);
  return join(dir, 'file');
}

const misuse: readonly [string, readonly string[], RegExp][] = [
  ['no clients', ['--clients', '0'], /--clients must be a whole number from 1 to .*; got 0/],
  ['a hit rate above 1', ['--hit-rate', '1.5'], /--hit-rate must be a number from 0 to 1; got 1.5/],
  ['a negative duration', ['--duration', '-1'], /--duration must be a number of seconds above 0/],
  ['a word for a number', ['--requests', 'many'], /--requests must be a whole number.*got "many"/],
  ['an unknown flag', ['--colour'], /unknown option '--colour'/],
  ['a flag without its value', ['--rate'], /'--rate <ops>' argument missing/],
  ['a stray word', ['now'], /too many arguments/],
  [
    'an unknown scenario',
    ['--scenario', 'calm'],
    /--scenario must be light, standard, .*got "calm"/,
  ],
  ['a scenario file that is not there', ['--scenario', './no.yaml'], /no.yaml: no such file/],
  ['a criteria file that is not there', ['--criteria', 'no.yaml'], /no.yaml: no such file/],
  [
    'the suite with clients',
    ['--scenarios', '--clients', '3'],
    /--clients can't be given with --scenarios/,
  ],
  [
    'a secret on the command line',
    ['--target', 'http://h', '--header', 'Authorization: x'],
    /--header must not hold authorization/,
  ],
  ['a rate of words', ['--rate', 'fast'], /--rate must be operations per second/],
  ['stages without rates', ['--stages', '10s'], /--stages must be durations and rates/],
  ['a size of no unit known', ['--size', '1XB'], /--size must be a size/],
  [
    'a target without scheme',
    ['--target', 'localhost:8080'],
    /--target must be an http:\/\/ or https:\/\/ URL/,
  ],
  ['headers without a target', ['--header', 'a: b'], /needs a target URL/],
];
for (const [name, args, message] of misuse) {
  test(`refused: ${name}`, async () => {
    await assert.rejects((async () => planOf(...args))(), (error) => {
      assert.ok(error instanceof CommandError || error instanceof CommanderError);
      if (error instanceof CommandError) assert.equal(error.exitCode, exitCodes.usage);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('all problems are reported together', async () => {
  await assert.rejects(
    planOf('--clients', '0', '--hit-rate', '2', '--criteria', 'no.yaml', '--ca', 'no.pem'),
    /4 problems:(.|\n)*--ca(.|\n)*no.yaml(.|\n)*--clients(.|\n)*--hit-rate/,
  );
});

test('every flag of the load reaches the configuration', async () => {
  const plan = await planOf(
    ...['--clients', '3', '--duration', '1m', '--requests', '7', '--hit-rate', '0.5'],
    ...['--timeout', '500ms', '--retries', '2', '--size', '1KiB:3,2KiB', '--keys', 'uniform'],
    ...['--working-set', '9', '--working-set-bytes', '1MiB', '--warmup', '5', '--build-time', '20'],
    ...['--think', '200ms', '--ramp-up', '2s', '--warmup-reads', '500ms', '--compressible', '0.6'],
    ...['--reread', '0.1', '--seed', '4', '--workers', '2', '--max-stored', '2MiB'],
    ...[
      '--protocol',
      'bazel',
      '--instance',
      'team/a',
      '--server-arg',
      '--max-size=1GiB',
      '--scale',
      '0.5',
    ],
  );
  const { target, name, ...config } = plan.resolved[0]!;
  assert.equal(name, undefined);
  assert.deepEqual(target, {
    kind: 'embedded',
    serveArgs: ['--max-size=1GiB'],
    storeBytesMax: undefined,
  });
  assert.deepEqual(config, {
    numClients: 3,
    durationSecs: 30,
    load: { kind: 'closed', requestsPerClient: 7, repeatBuilds: false },
    cacheHitRatioTarget: 0.5,
    timeoutSecs: 0.5,
    keys: { kind: 'uniform' },
    sizes: {
      kind: 'weighted',
      sizes: [
        { sizeBytes: 1024, weight: 3 },
        { sizeBytes: 2048, weight: 1 },
      ],
    },
    workingSetKeys: 9,
    workingSetBytesMax: 2 ** 20,
    seed: 4,
    buildTimeMs: 20,
    rereadShare: 0.1,
    retries: 2,
    workers: 2,
    warmupTimeoutSecs: 5,
    maxStoredBytes: 2 ** 21,
    protocol: 'bazel',
    instance: 'team/a',
    scale: 0.5,
    maxConnections: 1000,
    rampUpSecs: 2,
    thinkMs: 200,
    warmupReadSecs: 0.5,
    compressible: 0.6,
  });
});

test('the flags of an open loop reach the configuration', async () => {
  const flags = ['--rate', '50', '--arrivals', 'constant', '--max-connections', '64'];
  const { load, maxConnections } = (await planOf(...flags)).resolved[0]!;
  assert.deepEqual([load.kind === 'open' && load.arrivals, maxConnections], ['constant', 64]);
});

test('the defaults apply where no flag is given', async () => {
  const { resolved, kind, strict, json, quiet } = await planOf();
  const { numClients, durationSecs, load, cacheHitRatioTarget } = resolved[0]!;
  assert.deepEqual([numClients, durationSecs, cacheHitRatioTarget], [10, 60, 0.75]);
  assert.deepEqual(load, { kind: 'closed', requestsPerClient: 100, repeatBuilds: false });
  assert.deepEqual([kind, strict, json, quiet], ['run', false, false, false]);
});

test('a named scenario is what flags then change', async () => {
  const { resolved } = await planOf('--scenario', 'heavy', '--clients', '5', '--scale', '0.1');
  const { name, numClients, durationSecs, load } = resolved[0]!;
  assert.deepEqual([name, numClients, durationSecs], ['heavy', 5, 6]);
  assert.ok(load.kind === 'closed' && load.repeatBuilds);
});

test('the suite is the five', async () => {
  const { kind, resolved } = await planOf('--scenarios');
  assert.equal(kind, 'suite');
  assert.deepEqual(
    resolved.map(({ name, durationSecs }) => [name, durationSecs]),
    [
      ['light', 30],
      ['standard', 60],
      ['heavy', 60],
      ['extreme', 60],
      ['sustained', 300],
    ],
  );
});

async function headersOf(...args: string[]): Promise<Record<string, string>> {
  const { resolved } = await planOf('--target', 'https://cache.example', ...args);
  const { target } = resolved[0]!;
  assert.ok(target.kind === 'url');
  return { ...target.headers };
}

test('credentials come from files and the environment', async (t) => {
  const token = await fileOf(t, 'hunter2\n');
  const headers = await fileOf(t, '# of the team\nX-Team: blue\n\nAuthorization: Custom hunter2\n');
  process.env.H4_TEST_PAIR = 'user:hunter2';
  t.after(() => {
    delete process.env.H4_TEST_PAIR;
  });
  assert.deepEqual(await headersOf('--token-file', token), { authorization: 'Bearer hunter2' });
  assert.deepEqual(await headersOf('--basic-env', 'H4_TEST_PAIR'), {
    authorization: `Basic ${Buffer.from('user:hunter2').toString('base64')}`,
  });
  assert.deepEqual(await headersOf('--header-file', headers, '--header', 'X-Trace: a:b'), {
    'x-team': 'blue',
    'x-trace': 'a:b',
    authorization: 'Custom hunter2',
  });
  await assert.rejects(
    headersOf('--token-file', token, '--header-file', headers),
    /only one of --token-file/,
  );
});

test('a secret in the wrong place is refused without being repeated', async (t) => {
  const two = await fileOf(t, 'hunter2 hunter3\n');
  for (const args of [
    ['--bearer-env', 'hunter2'],
    ['--header', 'Cookie: hunter2'],
    ['--token-file', two],
    ['--target', 'https://user:hunter2@cache.example/?a=b'],
  ]) {
    await assert.rejects(headersOf(...args), (error) => {
      assert.ok(error instanceof CommandError);
      assert.doesNotMatch(error.message, /hunter/);
      return true;
    });
  }
});

test('certificates are read from PEM files', async (t) => {
  const pem = await fileOf(t, '-----BEGIN CERTIFICATE-----\n');
  const { resolved } = await planOf('--target', 'https://h', '--ca', pem, '--insecure-tls');
  const { target } = resolved[0]!;
  assert.ok(target.kind === 'url');
  assert.deepEqual(target.tls, { ca: '-----BEGIN CERTIFICATE-----\n', insecure: true });
  await assert.rejects(
    planOf('--target', 'https://h', '--ca', await fileOf(t, 'x')),
    /must be a PEM/,
  );
  await assert.rejects(planOf('--target', 'https://h', '--cert', pem), /cert and key together/);
});
