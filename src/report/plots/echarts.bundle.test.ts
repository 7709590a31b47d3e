import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CapacityResult, CapacityStepResult, RunResult } from '../../loadtest/internal.ts';
import { buildCapacity, buildStep } from '../../testing/build-capacity.ts';
import { buildRunResult } from '../../testing/build-run-result.ts';
import { capacityLatencyChart, capacityRateChart } from './capacity-chart.ts';
import { type Chart, lightPalette } from './chart.ts';
import { chartGroupsOf } from './charts-of.ts';
import { drawSvg } from './draw-svg.ts';

test('the parts of the charting library draw every chart as the whole library does', async () => {
  const charts = everyChart();
  const byParts = await drawAll(charts);
  // After this import the same functions find all parts registered.
  await import('echarts');
  const byAll = await drawAll(charts);
  for (const [id, drawing] of byParts) assert.equal(drawing, byAll.get(id), id);
  assert.equal(byParts.size, 9, [...byParts.keys()].join());
});

function everyChart(): Chart[] {
  const runs = [1, 2, 4, 8, 16].map((numClients) =>
    buildRunResult({ seed: numClients, failedPerWindow: 2, config: { numClients } }),
  );
  const named = (run: RunResult) => ({
    file: 'r.json',
    read: { kind: 'run' as const, result: run },
  });
  const groups = [
    ...chartGroupsOf(runs.slice(0, 2).map(named)),
    ...chartGroupsOf(runs.map(named)).slice(0, 1),
  ];
  const capacity = searchOf([600, 1200, 849]);
  return [
    ...groups.flatMap((group) => group.charts),
    capacityLatencyChart(capacity),
    capacityRateChart(capacity),
  ];
}

async function drawAll(charts: readonly Chart[]): Promise<Map<string, string>> {
  const drawings = new Map<string, string>();
  for (const chart of charts) {
    const titled = { ...chart, option: { title: { text: chart.title }, ...chart.option } };
    const svg = await drawSvg(titled, { widthPx: 800, heightPx: 400 }, lightPalette);
    // Each drawing of a process counts its names on.
    drawings.set(chart.id, svg.replace(/\bzr\d+(-cls-\d+)?/g, 'zr'));
  }
  return drawings;
}

/** A search that met all rates except 1,200 operations per second. */
function searchOf(rates: readonly number[]): CapacityResult {
  return buildCapacity(rates.map(stepAt));
}

function stepAt(rate: number): CapacityStepResult {
  return buildStep(rate, {
    verdict: rate < 1200 ? 'met' : 'not_met',
    rate_reached: Math.min(rate, 900),
    p50_ms: rate / 300,
    p95_ms: rate / 150,
    p99_ms: rate / 60,
  });
}
