import assert from 'node:assert/strict';
import test from 'node:test';
import { buildMeasurement, type MeasurementPlan } from '../../../testing/build-measurement.ts';
import { judgedResult } from '../../../testing/build-run-result.ts';
import type { LoadTestConfig } from '../../config/config.ts';
import { resolveConfig } from '../../config/resolve-config.ts';
import { findScenario } from '../../config/scenarios.ts';
import type { RunResult } from '../../result/model/run.ts';
import { exchangeRunName, findChecklist, releaseChecklists } from './checklist.ts';
import { type GateRun, type GateStatus, type JudgedRow, judgeRow } from './judge-gate.ts';
import { outcomeOf } from './run-gate.ts';

function resultOf(scenario: string, plan: MeasurementPlan, given: LoadTestConfig = {}): RunResult {
  const config = resolveConfig({ ...findScenario(scenario)?.config, ...given });
  return judgedResult(buildMeasurement(plan), config);
}

/** A run that meets its scenario's target hit rate and everything else. */
function good(scenario: string, plan: MeasurementPlan = {}): GateRun {
  const target = findScenario(scenario)?.config.cacheHitRatioTarget ?? 0.75;
  const hits = Math.round(6000 * target);
  const isLong = scenario === 'sustained';
  const result = resultOf(scenario, {
    hits,
    misses: 6000 - hits,
    ...(isLong ? { durationMs: 300_000 } : {}),
    ...plan,
  });
  return { scenario, result, evidence: `${scenario}.json` };
}

const suite = ['light', 'standard', 'heavy', 'extreme', 'sustained'];

/** The release's rows, with some runs replaced; `null` leaves one out. */
function judged(
  release: string,
  names: readonly string[],
  changed: Readonly<Record<string, GateRun | null>> = {},
  shortened = false,
): JudgedRow[] {
  const runs = new Map<string, GateRun>();
  for (const name of names) {
    const run = name in changed ? changed[name] : good(name);
    if (run !== null && run !== undefined) runs.set(name, run);
  }
  return findChecklist(release)!.rows.map((row) => judgeRow(row, runs, { shortened }));
}

function statusesOf(rows: readonly JudgedRow[]): GateStatus[] {
  return rows.map(({ status }) => status);
}

test('the release checklists have their published rows', () => {
  assert.deepEqual(
    releaseChecklists.map(({ name, rows }) => [name, rows.length]),
    [
      ['v0.2.0', 8],
      ['v1.0.0', 7],
    ],
  );
});

test('v0.2.0 is met by five good runs, and each row names its evidence', () => {
  const rows = judged('v0.2.0', suite);
  assert.deepEqual(statusesOf(rows), new Array<string>(8).fill('PASS'));
  assert.deepEqual(rows[0]?.evidence, ['light.json']);
  assert.deepEqual(
    rows[5]?.evidence,
    suite.map((name) => `${name}.json`),
  );
  assert.equal(outcomeOf(rows, false), 'MET');
});

const slow = new Array<number>(6000).fill(700);
const cases: readonly [
  name: string,
  changed: Record<string, GateRun | null>,
  expected: Record<number, GateStatus>,
][] = [
  [
    'a slow P95 in one scenario',
    { heavy: good('heavy', { latenciesMs: { hit: slow } }) },
    // Its own verdict is INVESTIGATE, which is not "passes".
    { 2: 'FAIL', 5: 'FAIL' },
  ],
  [
    'a hit rate above the target by more than 5 points',
    { extreme: good('extreme', { hits: 5000, misses: 1000 }) },
    { 7: 'FAIL' },
  ],
  [
    'a hit rate below the target by exactly 5 points',
    { extreme: good('extreme', { hits: 4200, misses: 1800 }) },
    { 3: 'FAIL', 7: 'FAIL' },
  ],
  [
    'a success rate of exactly 95 %',
    { light: good('light', { hits: 4560, misses: 1140, failures: { http_5xx: 300 } }) },
    { 0: 'FAIL', 6: 'FAIL' },
  ],
  [
    'memory that grows over five minutes',
    {
      sustained: good('sustained', {
        durationMs: 300_000,
        memoryBytes: (atMs) => 90e6 + 300 * atMs,
      }),
    },
    { 4: 'FAIL' },
  ],
  [
    'a sustained run that was too short for drift',
    { sustained: good('sustained', { durationMs: 200_000 }) },
    { 4: 'NOT RUN' },
  ],
  [
    'a lost write, with figures as good as ever',
    { light: good('light', { failures: { lost: 1 } }) },
    { 0: 'FAIL', 5: 'FAIL', 6: 'FAIL', 7: 'FAIL' },
  ],
  [
    'a run that lost generator workers',
    {
      light: good('light', { change: { stopReason: 'workers_lost' } }),
    },
    { 0: 'VOID', 5: 'VOID', 6: 'VOID', 7: 'VOID' },
  ],
  [
    'a run that ended early because nothing more may be stored',
    { light: good('light', { change: { stopReason: 'max_stored' } }) },
    { 0: 'INCONCLUSIVE', 5: 'INCONCLUSIVE', 6: 'INCONCLUSIVE', 7: 'INCONCLUSIVE' },
  ],
  [
    'a scenario without a target',
    {
      light: {
        scenario: 'light',
        result: undefined,
        problem: { status: 'NO ANSWER', text: 'no answer: refused' },
      },
    },
    { 0: 'NO ANSWER', 5: 'NO ANSWER', 6: 'NO ANSWER', 7: 'NO ANSWER' },
  ],
  [
    'a scenario that was never begun',
    { sustained: null },
    { 4: 'NOT RUN', 5: 'NOT RUN', 6: 'NOT RUN', 7: 'NOT RUN' },
  ],
  [
    'a slow scenario beside a VOID one: what surely fails decides',
    {
      light: good('light', { change: { stopReason: 'workers_lost' } }),
      heavy: good('heavy', { latenciesMs: { hit: slow } }),
    },
    { 0: 'VOID', 2: 'FAIL', 5: 'FAIL', 6: 'VOID', 7: 'VOID' },
  ],
];

for (const [name, changed, expected] of cases) {
  test(`v0.2.0 is not met: ${name}`, () => {
    const rows = judged('v0.2.0', suite, changed);
    const all = statusesOf(rows).map((status, index) => [index, status]);
    const bad = Object.fromEntries(all.filter(([, status]) => status !== 'PASS'));
    assert.deepEqual(bad, expected);
    for (const row of rows) {
      // What is not met says why, or shows the figure.
      if (row.status !== 'PASS') assert.ok(row.reasons.length + row.values.length > 0, row.title);
    }
  });
}

test('the worst scenario comes first in a row about all of them', () => {
  const heavy = good('heavy', { latenciesMs: { hit: new Array<number>(6000).fill(300) } });
  const row = judged('v0.2.0', suite, { heavy })[5];
  assert.equal(row?.status, 'PASS');
  assert.equal(row.values[0]?.scenario, 'heavy');
});

test('a shortened gate leaves out rows that it cannot measure', () => {
  const sustained = good('sustained', { durationMs: 15_000 });
  const rows = judged('v0.2.0', suite, { sustained }, true);
  assert.deepEqual(statusesOf(rows).slice(3, 6), ['PASS', 'LEFT OUT', 'PASS']);
  assert.equal(outcomeOf(rows, false), 'MET');
});

test('v1.0.0: figures, an exchange of workers, and what needs scale-out', () => {
  const massive = good('massive', { durationMs: 1000, windowMs: 50, hits: 54_000, misses: 6000 });
  const exchange = (exchanges: number, plan: MeasurementPlan = {}): GateRun => ({
    ...good('standard', plan),
    scenario: exchangeRunName,
    exchanges,
  });
  const names = ['massive', exchangeRunName];
  const statuses = (run: GateRun, shortened = false): GateStatus[] =>
    statusesOf(judged('v1.0.0', names, { massive, [exchangeRunName]: run }, shortened));
  const figures = ['PASS', 'PASS', 'PASS', 'PASS'];
  const rest = ['NOT RUN', 'NOT RUN'];
  assert.deepEqual(statuses(exchange(3)), [...figures, 'PASS', ...rest]);
  assert.deepEqual(statuses(exchange(2)), [...figures, 'FAIL', ...rest]);
  assert.deepEqual(statuses(exchange(2), true), [...figures, 'LEFT OUT', ...rest]);
  const failed = { failures: { reset: 1 } };
  assert.deepEqual(statuses(exchange(9, failed)), [...figures, 'FAIL', ...rest]);
  assert.deepEqual(statuses(exchange(2, failed), true), [...figures, 'FAIL', ...rest]);
});

test('an outcome: interrupted, then what is not met, then VOID', () => {
  const rows = (...statuses: GateStatus[]): { status: GateStatus }[] =>
    statuses.map((status) => ({ status }));
  assert.equal(outcomeOf(rows('PASS', 'LEFT OUT'), false), 'MET');
  assert.equal(outcomeOf(rows('PASS', 'VOID'), false), 'VOID');
  assert.equal(outcomeOf(rows('INCONCLUSIVE', 'VOID', 'NO ANSWER'), false), 'NO ANSWER');
  assert.equal(outcomeOf(rows('INCONCLUSIVE', 'PASS'), false), 'INCONCLUSIVE');
  assert.equal(outcomeOf(rows('VOID', 'NOT RUN'), false), 'NOT MET');
  assert.equal(outcomeOf(rows('VOID', 'FAIL'), false), 'NOT MET');
  assert.equal(outcomeOf(rows('FAIL'), true), 'INTERRUPTED');
});
