import assert from 'node:assert/strict';
import test from 'node:test';
import { analyseHistory, type LabelledRun } from '../../loadtest/internal.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { createStyle, renderHistory, renderHistoryJson, renderHistoryMarkdown } from '../index.ts';

/** A run a day; from the 25th on slower. */
const runs: readonly LabelledRun[] = Array.from({ length: 30 }, (_, day) => {
  const timestamp = new Date(Date.UTC(2026, 0, day + 1)).toISOString();
  const slowness = day >= 24 ? 1.5 : 1;
  const result = buildRunResult({ seed: 100 + day, slowness, change: { timestamp } });
  const environment = { ...result.environment, commit: String(day).padStart(40, 'a') };
  return { label: `${day}.json`, result: { ...result, environment } };
});
const plain = createStyle({ color: false, width: 120 });

test('a slower build is found in the history, with its day and commit', () => {
  const [series] = analyseHistory([...runs].reverse());
  const change = series!.changes.find(({ metric }) => metric.name === 'p95_latency')!;
  assert.equal(change.verdict, 'worse');
  assert.equal(change.index, 24);
  assert.ok(Math.abs(change.change - 50) < 10, `${change.change} %`);
  assert.match(renderHistory([series!], plain), /P95 latency +2026-01-25 +aaaaaaaa/);
  assert.match(renderHistoryMarkdown([series!]), /\| P95 latency \| 2026-01-25 \|/);
});

test('JSON has a point for each run of each metric', () => {
  const value = JSON.parse(renderHistoryJson(analyseHistory(runs))) as {
    series: { runs: unknown[]; metrics: { metric: string; points: number[] }[] }[];
  };
  assert.equal(value.series[0]?.runs.length, 30);
  const points = value.series[0]!.metrics.find(({ metric }) => metric === 'throughput')!.points;
  assert.equal(points[3], runs[3]!.result.throughput_ops_per_sec);
});

test('a change alarms once: with the run that confirms it', () => {
  const upTo = (count: number): boolean[] => {
    const added = new Set([`${count - 1}.json`]);
    const [series] = analyseHistory(runs.slice(0, count), added);
    return series!.changes
      .filter(({ metric, verdict }) => metric.name === 'throughput' && verdict === 'worse')
      .map(({ isNew }) => isNew);
  };
  const alarms = [25, 26, 27, 28, 29, 30].flatMap(upTo).filter((isNew) => isNew);
  assert.equal(alarms.length, 1);
  // The 25th run is the first slow one, the 28th the confirming one.
  assert.deepEqual(
    [25, 26, 27].flatMap(upTo).filter((isNew) => isNew),
    [],
  );
  const [third] = analyseHistory(runs.slice(0, 27), new Set(['26.json']));
  assert.match(renderHistory([third!], plain), /worse, to be confirmed/);
});

test('below 20 runs there is no test, and the number of missing runs is reported', () => {
  const [series] = analyseHistory(runs.slice(12, 30));
  assert.deepEqual(series!.changes, []);
  assert.match(renderHistory([series!], plain), /2 more are needed/);
});

test('another workload or machine is another history, another version is not', () => {
  const change = (at: number, part: object): LabelledRun => ({
    label: `x${at}`,
    result: { ...runs[at]!.result, ...part },
  });
  const { config, environment } = runs[0]!.result;
  const clients = change(1, { config: { ...config, num_clients: 50 } });
  const version = change(2, { environment: { ...environment, memobuild_version: '0.9.0' } });
  const machine = change(3, { environment: { ...environment, cpu_count: 64 } });
  const found = analyseHistory([runs[0]!, clients, version, machine]);
  assert.deepEqual(
    found.map((series) => series.runs.length),
    [2, 1, 1],
  );
});
