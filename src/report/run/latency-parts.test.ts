import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build, type Histogram } from 'hdr-histogram-js';
import { type RunResult, resolveConfig } from '../../loadtest/internal.ts';
import { buildMeasurement } from '../../testing/build-measurement.ts';
import { buildRunResult, judgedResult } from '../../testing/build-run-result.ts';
import { htmlReport } from '../plots/html-report.ts';
import { createStyle } from '../shared/style.ts';
import { latencyParts } from './latency-parts.ts';

const plain = createStyle({ color: false, width: 100 });

function histogramOf(ms: number, count: number): Histogram {
  const histogram = build({ autoResize: true });
  histogram.recordValueWithCount(ms * 1000, count);
  return histogram;
}

function resultOf(): RunResult {
  const config = resolveConfig({ stages: '10s@100,5s@0,10s@400', workers: 1 });
  const measurement = buildMeasurement({
    change: {
      parts: {
        bySize: [
          { fromBytes: 0, belowBytes: 128, histogram: histogramOf(1, 4000) },
          { fromBytes: 33_554_432, belowBytes: undefined, histogram: histogramOf(900, 7) },
        ],
        byPhase: { connect: histogramOf(2, 10), first_byte: histogramOf(1, 5000) },
        byStage: [
          { stage: 0, response: histogramOf(3, 1000), service: histogramOf(2, 1000) },
          { stage: 2, response: histogramOf(70, 4000), service: histogramOf(20, 4000) },
        ],
      },
    },
  });
  return judgedResult(measurement, config);
}

test('stages, sizes and phases have a table each', () => {
  const text = latencyParts(resultOf(), plain);
  assert.match(text, /Latency by stage\n.*count .*P50 .*P95 .*P99 .*max/);
  assert.match(text, /100 ops\/s from 0 \w+ +1,000 +3\.00 ms/);
  assert.match(text, /400 ops\/s from 15 s +4,000 +70\.\d ms/);
  assert.match(text, /below 128 B +4,000 +1\.00 ms/);
  assert.match(text, /32\.0 MiB and more +7 +900/);
  assert.match(text, /connect +10 +2\.00 ms/);
  assert.match(text, /first byte +5,000/);
  assert.doesNotMatch(text, /transfer/);
});

test('the page of a report has the same tables', async () => {
  const page = await htmlReport([
    { id: '', heading: 'run', run: resultOf(), baseline: undefined, charts: [] },
  ]);
  assert.match(page, /<h3>Latency by stage<\/h3>/);
  assert.match(page, /<th scope="row">400 ops\/s from 15 s<\/th><td>4,000<\/td>/);
});

test('a stage in the result has its own limits of time and rate', () => {
  const [first, second, ...more] = resultOf().stages ?? [];
  assert.deepEqual(more, []);
  assert.deepEqual([first?.start_ms, first?.end_ms, first?.to_rate], [0, 10_000, 100]);
  assert.deepEqual([second?.start_ms, second?.end_ms, second?.to_rate], [15_000, 25_000, 400]);
  assert.equal(second?.service.count, 4000);
});

test('a run without such parts has no such table', () => {
  assert.equal(latencyParts(buildRunResult({ seed: 1, windows: 2 }), plain), '');
});
