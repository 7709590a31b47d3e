import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../../testing/program.ts';
import { durationBoundsMs, noCounters } from './counters.ts';
import { renderMetrics } from './metrics-text.ts';

const usage = {
  entries: 3,
  sizeBytes: 300,
  maxBytes: 1000,
  evictedEntries: 1,
  evictedBytes: 100,
  damagedEntries: 0,
  reservedBytes: 40,
};

test('histograms are cumulative, and labels are escaped', async () => {
  const buckets = [...durationBoundsMs.map((_, index) => (index < 2 ? 1 : 0)), 4];
  const text = await renderMetrics({
    version: '1.2.3',
    counters: {
      ...noCounters,
      durations: [{ operation: 'ac_get', buckets, sumMs: 1500 }],
      lookups: [
        {
          namespace: 'a"b\\c',
          space: 'ac',
          hits: 2,
          misses: 1,
          hitBytes: 20,
          writes: 1,
          writtenBytes: 10,
        },
      ],
    },
    processes: [],
    workersReplaced: 0,
    usage,
  });
  const name = 'memobuild_request_duration_seconds';
  for (const line of [
    `${name}_bucket{operation="ac_get",le="0.0001"} 1`,
    `${name}_bucket{operation="ac_get",le="0.00025"} 2`,
    `${name}_bucket{operation="ac_get",le="60"} 2`,
    `${name}_bucket{operation="ac_get",le="+Inf"} 6`,
    `${name}_count{operation="ac_get"} 6`,
    `${name}_sum{operation="ac_get"} 1.5`,
    'memobuild_cache_lookups_total{space="ac",namespace="a\\"b\\\\c",result="hit"} 2',
    'memobuild_store_limit_bytes 1000',
    'memobuild_store_reserved_bytes 40',
    'memobuild_info{version="1.2.3"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
  }
});

test('docs/serve.md names the metrics there are', async () => {
  const source = { version: '', counters: noCounters, processes: [], workersReplaced: 0, usage };
  const names = [...(await renderMetrics(source)).matchAll(/^# TYPE (\S+)/gm)].map(
    ([, name]) => name,
  );
  const docs = await readFile(join(repositoryRoot, 'docs', 'serve.md'), 'utf8');
  const documented = [...docs.matchAll(/`(memobuild_\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(documented.sort(), names.sort());
});
