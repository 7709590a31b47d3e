import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type {
  CapacityResult,
  CapacitySearchResult,
  ClientRampResult,
} from '../../loadtest/internal.ts';
import { buildCapacity, buildStep } from '../../testing/build-capacity.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import {
  answerOf,
  createStyle,
  renderCapacity,
  renderResultJUnit,
  renderResultMarkdown,
  renderScaling,
} from '../index.ts';
import { capacityLatencyChart, capacityRateChart } from '../plots/capacity-chart.ts';
import { chartGroupsOf } from '../plots/charts-of.ts';
import { htmlReport } from '../plots/html-report.ts';

const plain = createStyle({ color: false, width: 100 });

const broke: CapacityResult['broke'] = [
  { metric: 'p99_ms', text: 'P99 latency 2,100 ms (< 1,000 ms)' },
  { metric: 'rate_reached_ops_per_sec', text: 'rate reached 905 ops/s (> 1,188 ops/s)' },
];
const late: CapacityResult['broke'] = [
  { metric: 'generator_send_lag', text: 'operations were sent 23 ms late at P99' },
];
const over = { verdict: 'not_met', rate_reached: 905, p95_ms: 1800, p99_ms: 2100, broke } as const;

function searchOf(
  change: Partial<CapacityResult> = {},
  verdict: CapacitySearchResult['verdict'] = { verdict: 'PASS', reasons: [] },
): CapacitySearchResult {
  const steps = change.steps ?? [
    buildStep(600),
    buildStep(1200, { ...over, machine_cpu: 0.98 }),
    buildStep(1200, { ...over, attempt: 2, machine_cpu: 0.99, failed: 12 }),
    buildStep(849, { verdict: 'void', broke: late }),
    buildStep(849, { attempt: 2 }),
  ];
  return {
    schema_version: 2,
    timestamp: '2026-02-21T10:00:00.000Z',
    scenarios: steps.map(({ rate }, index) =>
      buildRunResult({
        seed: index,
        windows: 4,
        config: { name: `${rate} ops/s`, numClients: 50 },
      }),
    ),
    verdict,
    capacity: buildCapacity(steps, { broke, ...change }),
  };
}

const ramp: ClientRampResult = {
  schema_version: 2,
  timestamp: '2026-02-21T10:00:00.000Z',
  scenarios: [1, 5].map((numClients) =>
    buildRunResult({ seed: numClients, windows: 4, config: { numClients } }),
  ),
  verdict: { verdict: 'PASS', reasons: [] },
  scaling: {
    points: [
      {
        clients: 1,
        ops_per_sec: 1000,
        p50_ms: 0.9,
        p95_ms: 1.4,
        p99_ms: 3,
        failed: 0,
        efficiency_percent: 100,
        expected_ops_per_sec: 1010,
      },
      {
        clients: 5,
        ops_per_sec: 3000,
        p50_ms: 1.5,
        p95_ms: 3.4,
        p99_ms: 8,
        failed: 2,
        efficiency_percent: 60,
        expected_ops_per_sec: 2990,
      },
    ],
    law: {
      gamma: 1010,
      sigma: 0.17,
      kappa: 0.0004,
      r_squared: 0.62,
      knee_clients: 4,
      peak_clients: 45.6,
    },
    law_quality: 'worthless',
    law_doubts: [
      'it explains 62 % of the variance, less than 80 %: sigma, kappa and peak are meaningless',
    ],
  },
};

const goldens: readonly [string, string][] = [
  ['capacity', renderCapacity(searchOf(), plain, ['Written to capacity.json', ''])],
  ['scaling', renderScaling(ramp, plain, ['Written to ramp.json', ''])],
];
for (const [name, text] of goldens) {
  test(`${name} reads as it should (UPDATE=1 writes it)`, async () => {
    const path = join(import.meta.dirname, 'golden', `${name}.golden.txt`);
    if (process.env.UPDATE === '1') await writeFile(path, `${text}\n`);
    assert.equal(`${text}\n`, await readFile(path, 'utf8'));
  });
}

const answers: readonly [Partial<CapacityResult>, RegExp][] = [
  [
    {},
    /^capacity 849 ops\/s: met at 849 ops\/s \(1 of 1 trials\), not met at 1,200 ops\/s \(2 of 2 trials\)$/,
  ],
  [
    {
      steps: [
        ...[1, 2, 3].map((attempt) => buildStep(849, { attempt })),
        buildStep(849, { ...over, attempt: 4 }),
        buildStep(849, { verdict: 'void', broke: late, attempt: 5 }),
        ...[1, 2].map((attempt) => buildStep(1200, { ...over, attempt })),
        buildStep(1200, { attempt: 3 }),
      ],
    },
    /met at 849 ops\/s \(3 of 4 trials\), not met at 1,200 ops\/s \(2 of 3 trials\)$/,
  ],
  [
    { limits: { ...searchOf().capacity.limits, resolution: 0.05 }, stopped_by: 'time' },
    /ended early \(search time elapsed\)/,
  ],
  [{ outcome: 'above_max_rate', lowest_not_met: null }, /at least 849 ops\/s, the highest rate/],
  [{ outcome: 'below_start_rate', highest_met: null }, /^not met at 1,200 ops\/s, the lowest/],
  [
    { outcome: 'generator_limited', lowest_void: 900, lowest_not_met: null },
    /at least 849 ops\/s: from 900 ops\/s up, the generator was the limit/,
  ],
  [
    { outcome: 'generator_limited', lowest_void: 600, highest_met: null },
    /^no answer: the generator could not keep its schedule at 600 ops\/s/,
  ],
  [
    { outcome: 'incomplete', stopped_by: 'interrupted', lowest_not_met: null },
    /^met at 849 .*\(interrupted\)$/,
  ],
  [{ outcome: 'unsafe' }, /no rate counts/],
];
for (const [change, expected] of answers) {
  test(`the answer says ${expected.source}`, () => {
    assert.match(answerOf(searchOf(change).capacity), expected);
  });
}

test('for CI a search is one case: rates that were not met are what it looks for', () => {
  const found = renderResultJUnit({ kind: 'capacity', result: searchOf() }, { strict: true });
  assert.match(found, /tests="1" failures="0" errors="0"/);
  const failed = searchOf({ outcome: 'below_start_rate' }, { verdict: 'FAIL', reasons: ['slow'] });
  assert.match(
    renderResultJUnit({ kind: 'capacity', result: failed }, { strict: false }),
    /failures="1"[\s\S]*FAIL: not met at/,
  );
  const voidSearch = searchOf({ outcome: 'generator_limited' }, { verdict: 'VOID', reasons: [] });
  assert.match(
    renderResultJUnit({ kind: 'capacity', result: voidSearch }, { strict: false }),
    /errors="1"/,
  );
  assert.match(
    renderResultMarkdown({ kind: 'capacity', result: searchOf() }),
    /PASS.*\n\ncapacity 849 ops\/s: met at 849/,
  );
});

test('the curve is drawn without void steps, and with them where there is nothing else', async () => {
  const { capacity } = searchOf();
  const drawn = JSON.stringify(capacityLatencyChart(capacity).option);
  assert.match(drawn, /\[600,9\],\[849,9\],\[1200,2100\]/);
  assert.match(
    capacityRateChart(capacity).description,
    /met at 849, not met at 1,200 .*left out\.$/,
  );
  const voidSearch = searchOf({
    steps: [buildStep(600, { verdict: 'void', broke: late })],
    highest_met: null,
  });
  const chart = capacityLatencyChart(voidSearch.capacity);
  assert.match(JSON.stringify(chart.option), /\[600,9\]/);
  assert.match(chart.description, /invalidated all of these runs/);
  const groups = chartGroupsOf([
    { file: 'c.json', read: { kind: 'capacity', result: searchOf() } },
  ]);
  assert.deepEqual(
    groups.map(({ heading }) => heading),
    ['Capacity, c.json', 'Held at 849 ops/s', 'Held at 1200 ops/s'],
  );
  assert.doesNotMatch(await htmlReport(groups), /NaN|undefined|Infinity/);
});
