import assert from 'node:assert/strict';
import test from 'node:test';
import { ConfigError } from '../errors.ts';
import { type LoadTestConfig, stagesOf } from './config.ts';
import { resolveConfig } from './resolve-config.ts';
import { scenarios, suiteScenarios } from './scenarios.ts';

function problemsOf(config: unknown, labelOf?: (key: string) => string): readonly string[] {
  try {
    resolveConfig(config as LoadTestConfig, labelOf === undefined ? {} : { labelOf });
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
}

test('without options the defaults apply', () => {
  const config = resolveConfig({});
  assert.equal(config.numClients, 10);
  assert.equal(config.durationSecs, 60);
  assert.equal(config.cacheHitRatioTarget, 0.75);
  assert.equal(config.timeoutSecs, 30);
  assert.equal(config.workingSetKeys, 1000);
  assert.equal(config.workingSetBytesMax, 256 * 1024 * 1024);
  assert.equal(config.rereadShare, 0.05);
  assert.equal(config.retries, 0);
  assert.deepEqual(config.load, { kind: 'closed', requestsPerClient: 100, repeatBuilds: false });
  assert.deepEqual(config.target, { kind: 'embedded', serveArgs: [], storeBytesMax: 2 ** 30 });
  assert.ok(config.workers >= 1);
  assert.equal('scale' in config, false);
});

test('all problems are reported together, by the name the user wrote and what it takes', () => {
  const problems = problemsOf(
    { numClients: 0, cacheHitRatioTarget: 1.5, durationSecs: -1, color: 'red', sizes: '1XB' },
    (key) => `--${key}`,
  );
  assert.deepEqual(problems, [
    '--numClients must be a whole number from 1 to 100,000; got 0',
    '--durationSecs must be a number of seconds above 0, up to 604,800; got -1',
    '--cacheHitRatioTarget must be a number from 0 to 1; got 1.5',
    '--sizes must be a size up to 4GiB such as 1KiB, sizes with weights such as \'1KiB:80,64KiB:20\', or build-cache; got "1XB"',
    '--color is not a known key',
  ]);
});

const wrong: readonly [string, unknown, RegExp][] = [
  ['text for a number', { numClients: 'ten' }, /numClients must be a whole number.*got "ten"/],
  ['a fraction of a client', { numClients: 1.5 }, /numClients must be a whole number/],
  ['not a number', { durationSecs: Number.NaN }, /durationSecs must be/],
  ['endless', { durationSecs: Number.POSITIVE_INFINITY }, /durationSecs must be/],
  ['no time at all', { timeoutSecs: 0 }, /timeoutSecs must be/],
  ['rate and stages', { rate: 5, stages: '1s@5' }, /rate and stages can't be given together/],
  [
    'stages and duration',
    { stages: '1s@5', durationSecs: 3 },
    /durationSecs can't be given with stages/,
  ],
  ['a cap without a rate', { maxInFlight: 10 }, /maxInFlight needs rate, stages or replay/],
  ['a speed without a trace', { speed: 2 }, /speed needs replay/],
  [
    'no speed at all',
    { replay: 't', speed: 0 },
    /speed must be a number above 0, up to 1,000; got 0/,
  ],
  ['a trace with a rate', { replay: 't', rate: 5 }, /rate can't be given with replay/],
  ['a trace with a duration', { replay: 't', durationSecs: 5 }, /durationSecs can't be given with/],
  ['a rate of nothing', { rate: 0 }, /rate must be/],
  ['a falling rate below 0', { rate: '-5..10' }, /rate must be/],
  ['a stage without a rate', { stages: '10s' }, /stages must be/],
  ['a stage of no time', { stages: '0s@10' }, /stages must be/],
  ['an empty stage', { stages: '10s@5,' }, /stages must be/],
  ['a weight of 0', { sizes: '1KiB:0' }, /sizes must be/],
  ['too large an artifact', { sizes: '5GiB' }, /sizes must be/],
  ['a zipf without number', { keys: 'zipf:' }, /keys must be zipf/],
  ['a size that the working set cannot hold', { sizes: '300MiB' }, /does not fit/],
  [
    'a working set above all that may be stored',
    { workingSetBytesMax: '2GiB', target: 'http://h' },
    /workingSetBytesMax must not exceed/,
  ],
  [
    'more workers than clients',
    { numClients: 2, workers: 3 },
    /workers must not exceed the number of clients/,
  ],
  ['an instance that climbs', { instance: '../x' }, /instance must be/],
  ['an instance with a dot segment inside', { instance: 'a/../x' }, /instance must be/],
  [
    'another protocol',
    { protocol: 'ftp' },
    /protocol must be one of memobuild, bazel, turborepo, nx, gradle, ccache, redis, reapi, generic/,
  ],
  ['a target without scheme', { target: 'localhost:8080' }, /target must be an http/],
  ['a target with query', { target: 'http://h/?x=1' }, /target must be an http/],
  ['user-info that is not text', { target: 'http://a%zz@h' }, /target must be an http/],
  ['headers without a target', { headers: { a: 'b' } }, /headers needs a target URL/],
  [
    'a header that breaks the line',
    { target: 'http://h', headers: { a: 'b\r\nc: d' } },
    /headers : the value of a/,
  ],
  [
    'a header of framing',
    { target: 'http://h', headers: { 'Content-Length': '1' } },
    /may not set content-length/,
  ],
  [
    'a certificate without key',
    { target: 'https://h', tls: { cert: 'x' } },
    /cert and key together/,
  ],
  [
    'tls on plain http',
    { target: 'http://h', tls: { insecure: true } },
    /tls needs a target with TLS/,
  ],
  [
    'tls on plain gRPC',
    { protocol: 'reapi', target: 'grpc://h', tls: { insecure: true } },
    /tls needs a target with TLS/,
  ],
  [
    'a gRPC target of another protocol',
    { target: 'grpc://h' },
    /target must be an http.* that scheme needs protocol reapi/,
  ],
  [
    'an HTTP target for gRPC',
    { protocol: 'reapi', target: 'http://h' },
    /target must be a grpc:\/\/ or grpcs:\/\/ URL with protocol reapi, or embedded$/,
  ],
  [
    'server arguments for a URL',
    { target: 'http://h', serverArgs: ['x'] },
    /serverArgs works only with/,
  ],
  [
    'a server program for a URL',
    { target: 'http://h', serverProgram: 'x' },
    /serverProgram works only with/,
  ],
  ['random arrivals of a closed loop', { arrivals: 'poisson' }, /arrivals needs rate, stages or/],
  ['a bound on connections of a closed loop', { maxConnections: 50 }, /maxConnections needs rate/],
  [
    'fewer connections than to begin with',
    { rate: 5, numClients: 20, maxConnections: 10 },
    /maxConnections must not be below the number of clients \(20\); got 10/,
  ],
  ['think time with a rate', { rate: 5, thinkMs: 5 }, /thinkMs can't be given with rate or stages/],
  ['a ramp-up with stages', { stages: '1s@5', rampUpSecs: 1 }, /rampUpSecs can't be given with/],
  ['a ramp-up without end', { durationSecs: 5, rampUpSecs: 5 }, /rampUpSecs must end before/],
  ['pauses alone', { stages: '1s@0,2s@0' }, /stages must be durations and rates/],
];
for (const [name, config, message] of wrong) {
  test(`refused: ${name}`, () => assert.match(problemsOf(config).join('\n'), message));
}

test('a rate is one stage over the duration, without a request cap', () => {
  const open = { kind: 'open', arrivals: 'poisson', repeatBuilds: false } as const;
  assert.deepEqual(resolveConfig({ rate: '100..500', durationSecs: 20 }).load, {
    ...open,
    stages: [{ durationSecs: 20, fromRate: 100, toRate: 500 }],
    requestsPerClient: 0,
    maxInFlight: 5000,
  });
  assert.deepEqual(resolveConfig({ rate: 5, requestsPerClient: 7 }).load, {
    ...open,
    stages: [{ durationSecs: 60, fromRate: 5, toRate: 5 }],
    requestsPerClient: 7,
    maxInFlight: 1000,
  });
});

test('a stage without operations is a pause', () => {
  const { load, durationSecs } = resolveConfig({ stages: '2s@10,1s@0,2s@10' });
  assert.equal(durationSecs, 5);
  assert.deepEqual(stagesOf(load)[1], { durationSecs: 1, fromRate: 0, toRate: 0 });
});

test('connections: as many as there are clients at least, else a thousand', () => {
  assert.equal(resolveConfig({ rate: 5 }).maxConnections, 1000);
  assert.equal(resolveConfig({ rate: 5, numClients: 3000 }).maxConnections, 3000);
});

test('stages bring their own durations', () => {
  const config = resolveConfig({ stages: '10s@100, 30s@100..500,1m@500' });
  assert.equal(config.durationSecs, 100);
  assert.deepEqual(stagesOf(config.load)[1], { durationSecs: 30, fromRate: 100, toRate: 500 });
});

test('a trace brings its rates when it is read', () => {
  const { load, name, rereadShare } = resolveConfig({ replay: 'team.trace', speed: 2 });
  assert.deepEqual(load, {
    kind: 'replay',
    trace: 'team.trace',
    speed: 2,
    maxInFlight: undefined,
  });
  assert.deepEqual([name, rereadShare, stagesOf(load)], ['replay', 0, []]);
});

test('scale shortens every duration and is recorded', () => {
  assert.equal(resolveConfig({ durationSecs: 60, scale: 0.1 }).durationSecs, 6);
  const config = resolveConfig({ stages: '10s@1,20s@2', scale: 0.5 });
  assert.equal(config.durationSecs, 15);
  assert.equal(config.scale, 0.5);
});

test('sizes and keys are read from their short forms', () => {
  const config = resolveConfig({ sizes: '1KiB:80,64KiB:20', keys: 'zipf:1.1' });
  assert.deepEqual(config.sizes, {
    kind: 'weighted',
    sizes: [
      { sizeBytes: 1024, weight: 80 },
      { sizeBytes: 65536, weight: 20 },
    ],
  });
  assert.deepEqual(config.keys, { kind: 'zipf', exponent: 1.1 });
});

test("a run stores at most 1 GiB on somebody's cache, and on its own as much as its time takes", () => {
  assert.equal(resolveConfig({ target: 'http://h' }).maxStoredBytes, 2 ** 30);
  assert.ok(resolveConfig({}).maxStoredBytes >= 2 ** 40);
  const bounded = resolveConfig({ serverArgs: ['--max-size', '5GiB'] }).target;
  assert.deepEqual(bounded, {
    kind: 'embedded',
    serveArgs: ['--max-size', '5GiB'],
    storeBytesMax: undefined,
  });
  const other = resolveConfig({ serverProgram: '/other/bin/memobuild.js' }).target;
  assert.equal(other.kind === 'embedded' && other.program, '/other/bin/memobuild.js');
  const large = resolveConfig({ workingSetBytesMax: '1GiB' }).target;
  assert.deepEqual(large, { kind: 'embedded', serveArgs: [], storeBytesMax: 4 * 2 ** 30 });
});

test('less storage makes the default working set smaller', () => {
  assert.equal(resolveConfig({ maxStoredBytes: '10MiB' }).workingSetBytesMax, 5 * 2 ** 20);
});

test('user-info of a URL becomes a header and leaves the URL', () => {
  const { target } = resolveConfig({ target: 'https://us%65r:p%40ss@cache.example/team/' });
  assert.ok(target.kind === 'url');
  assert.equal(target.url, 'https://cache.example/team');
  assert.equal(
    target.headers.authorization,
    `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  );
});

test('no problem repeats a secret', () => {
  const wrongTypes = {
    target: ['hunter2'],
    headers: { a: ['hunter2'] },
    tls: { key: ['hunter2'] },
  };
  assert.doesNotMatch(problemsOf(wrongTypes).join('\n'), /hunter2/);
  const text = problemsOf({
    target: 'ftp://user:hunter2@h',
    headers: { 'x\n': 'hunter2', authorization: 'hunter2\n' },
    tls: { key: 5, hunter: 1 },
  }).join('\n');
  assert.doesNotMatch(text, /hunter2/);
});

test('the built-in scenarios have their published settings', () => {
  assert.deepEqual(
    suiteScenarios.map(({ config: c }) => [
      c.name,
      c.numClients,
      c.durationSecs,
      c.requestsPerClient,
      c.cacheHitRatioTarget,
    ]),
    [
      ['light', 5, 30, 50, 0.8],
      ['standard', 20, 60, 100, 0.75],
      ['heavy', 50, 60, 100, 0.7],
      ['extreme', 100, 60, 50, 0.75],
      ['sustained', 20, 300, 30, 0.75],
    ],
  );
  for (const { config } of scenarios) {
    const { load } = resolveConfig(config);
    assert.ok(load.kind === 'closed' && load.repeatBuilds);
  }
  assert.deepEqual(
    scenarios.slice(5).map(({ config }) => [config.name, config.numClients]),
    [
      ['extreme-200', 200],
      ['massive', 500],
    ],
  );
});
