import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import {
  assembleSuite,
  type LoadTestConfig,
  type RunResult,
  resolveConfig,
} from '../../loadtest/internal.ts';
import { buildMeasurement, type MeasurementPlan } from '../../testing/build-measurement.ts';
import { judgedResult } from '../../testing/build-run-result.ts';
import { createStyle, renderRun, renderSuite } from '../index.ts';

const environment = {
  memobuild_version: '0.2.0',
  node_version: '20.20.2',
  platform: 'linux',
  arch: 'x64',
  os_release: '6.1',
  cpu_model: 'Example CPU',
  cpu_count: 4,
  memory_bytes: 8e9,
  commit: '0123456789abcdef0123456789abcdef01234567',
  ci: false,
};

function resultOf(plan: MeasurementPlan, given: LoadTestConfig): RunResult {
  // The number of workers would follow the machine.
  const config = resolveConfig({ workers: 1, ...given });
  return judgedResult(buildMeasurement(plan), config, environment);
}

/** Latencies from 0.5 ms on with a long tail, the same every time. */
function tailed(count: number, factor = 1): number[] {
  return Array.from({ length: count }, (_, index) => {
    const share = ((index * 7919) % count) / count;
    return factor * (0.5 + 2 * share + 80 * share ** 24);
  });
}

const plain = createStyle({ color: false, width: 100 });
const failing = resultOf(
  {
    hits: 3200,
    misses: 1700,
    failures: { http_5xx: 900, timeout: 150, lost: 2 },
    latenciesMs: {
      hit: tailed(3200),
      miss: tailed(1700, 12),
      timeout: new Array<number>(150).fill(5000),
      failed: tailed(902),
    },
    change: { unfinished: { count: 3, oldestAgeMs: 4100 } },
  },
  {
    name: 'nightly',
    numClients: 30,
    timeoutSecs: 5,
    requestsPerClient: 200,
    sizes: '1KiB:80,64KiB:20',
    repeatBuilds: true,
    scale: 0.5,
  },
);

const goldens: readonly [string, string][] = [
  [
    'pass',
    renderRun(
      resultOf({ latenciesMs: { hit: tailed(4500), miss: tailed(1500, 3) } }, { numClients: 20 }),
      plain,
      ['Written to results.json', ''],
    ),
  ],
  ['fail', renderRun(failing, plain)],
  [
    'open-void',
    renderRun(
      resultOf(
        {
          latenciesMs: {
            hit: tailed(4500, 50),
            miss: tailed(1500, 50),
            service: tailed(6000),
            send_lag: tailed(6000, 11),
          },
          generatorSample: { loopDelayP99Ms: 80, loopDelayMaxMs: 900 },
          change: { scheduled: 6000 },
        },
        { stages: '20s@50..150,40s@100', target: 'https://cache.example' },
      ),
      createStyle({ color: false, width: 72 }),
    ),
  ],
  [
    'nothing',
    renderRun(
      resultOf({ hits: 0, misses: 0, durationMs: 0, latenciesMs: {} }, { requestsPerClient: 0 }),
      plain,
    ),
  ],
  [
    'suite',
    renderSuite(
      assembleSuite([resultOf({}, { name: 'light', numClients: 5 }), failing], new Date(0)),
      plain,
      ['Written to suite.json', ''],
    ),
  ],
];
for (const [name, text] of goldens) {
  test(`the report of a ${name} run reads as it should (UPDATE=1 writes it)`, async () => {
    const path = join(import.meta.dirname, 'golden', `${name}.golden.txt`);
    if (process.env.UPDATE === '1') await writeFile(path, `${text}\n`);
    assert.equal(`${text}\n`, await readFile(path, 'utf8'));
  });
}

test('the verdict is the first line and the last', () => {
  for (const [name, text] of goldens) {
    if (name === 'suite') continue;
    const first = /^(PASS|FAIL|VOID) {2}.*\n( {6}.*\n)?/.exec(text)?.[0].trimEnd() ?? 'none';
    assert.ok(text.endsWith(`\n${first}`), name);
  }
});

test('colour changes no word, and is off unless enabled', () => {
  const colored = renderRun(failing, createStyle({ color: true, width: 100 }));
  assert.notEqual(colored, stripVTControlCharacters(colored));
  const bare = renderRun(failing, plain);
  assert.equal(bare, stripVTControlCharacters(bare));
  assert.equal(stripVTControlCharacters(colored), bare);
});

test('no line is wider than the terminal', () => {
  const open = resultOf(
    { latenciesMs: { hit: tailed(6000, 9), service: tailed(6000), send_lag: tailed(6000) } },
    { rate: 100, target: 'https://cache.example/a/long/path/of/a/team' },
  );
  for (const [width, result] of [72, 80, 100].flatMap((columns) => [
    [columns, failing] as const,
    [columns, open] as const,
  ])) {
    const text = renderRun(result, createStyle({ color: false, width }));
    const longest = text.split('\n').reduce((a, b) => (a.length > b.length ? a : b));
    assert.ok(longest.length <= width, `${longest.length} of ${width}: ${longest}`);
  }
});

test('figures below 0 and in bytes read as the others do', () => {
  const calm = resultOf({ durationMs: 300_000, hits: 3000, misses: 1000 }, { durationSecs: 300 });
  const rows = calm.verdict.rows.map((row) =>
    row.metric.startsWith('drift') ? { ...row, measured: -49.1, margin: 52.3 } : row,
  );
  const text = renderRun({ ...calm, verdict: { ...calm.verdict, rows } }, plain);
  assert.match(text, /P95 latency, rise +< 0.25 ms +-49.1 ms +\+52.3 ms/);
  assert.match(renderRun(calm, plain), /server memory, rise +< 10.0 MB +0 MB +\+10 MB/);
});

test('every row that is not PASS has advice', () => {
  for (const { metric, verdict } of failing.verdict.rows) {
    if (verdict === 'PASS') continue;
    const one: RunResult = {
      ...failing,
      verdict: {
        ...failing.verdict,
        rows: failing.verdict.rows.filter((row) => row.metric === metric),
      },
    };
    assert.match(renderRun(one, plain), /\nLook at\n {2}- /, metric);
  }
});
