import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Progress } from '../../loadtest/internal.ts';
import type { Cleanup } from '../../testing/cleanup.ts';
import { liveSamplesOf, type MetricsSink } from './live-sample.ts';
import { openOtlpSink } from './otlp-sink.ts';
import { openRemoteWriteSink } from './remote-write-sink.ts';
import { uncompress } from './snappy.bundle.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function startReceiver(t: Cleanup, status = 200): Promise<{ url: string; got: Received[] }> {
  const got: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ path: request.url!, headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

const progress: Progress = {
  ...{ phase: 'running', elapsedMs: 1000, expectedMs: undefined, share: undefined },
  ...{ operations: 12, successful: 10, failed: 2, hits: 7, misses: 3, failures: { timeout: 2 } },
  ...{ opsPerSec: 12, p50Ms: 1, p95Ms: 2, p99Ms: 4, inFlight: 3, serverMemoryBytes: undefined },
};
const samples = liveSamplesOf(progress, { scenario: 'light', run: '1' });

test('a run is counters and gauges; what is not known is left out', () => {
  const values = samples.map(({ name, value, attributes }) => [
    name.replace('memobuild.loadtest.', ''),
    attributes.result ?? attributes.answer ?? attributes.quantile ?? '',
    value,
  ]);
  assert.deepEqual(values, [
    ['operations', 'ok', 10],
    ['operations', 'timeout', 2],
    ['lookups', 'hit', 7],
    ['lookups', 'miss', 3],
    ['throughput', '', 12],
    ['latency', '0.5', 0.001],
    ['latency', '0.95', 0.002],
    ['latency', '0.99', 0.004],
    ['in_flight', '', 3],
  ]);
  assert.ok(samples.every(({ attributes }) => attributes.scenario === 'light'));
});

test('OTLP: a collector gets each value with its attributes, at the latest when the sink closes', async (t) => {
  const { url, got } = await startReceiver(t);
  const problems: string[] = [];
  const sink = await openOtlpSink(url, (text) => problems.push(text));
  sink.update(samples);
  await sink.close();
  assert.deepEqual(problems, []);
  const last = got.at(-1)!;
  assert.equal(last.path, '/v1/metrics');
  const sent = JSON.parse(last.body.toString('utf8'));
  const metrics = sent.resourceMetrics[0].scopeMetrics[0].metrics as {
    readonly name: string;
    readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: object[] };
    readonly gauge?: { readonly dataPoints: object[] };
  }[];
  const operations = metrics.find(({ name }) => name === 'memobuild.loadtest.operations');
  assert.equal(operations?.sum?.isMonotonic, true);
  assert.equal(operations?.sum?.dataPoints.length, 2);
  const latency = metrics.find(({ name }) => name === 'memobuild.loadtest.latency');
  assert.equal(latency?.gauge?.dataPoints.length, 3);
  assert.match(JSON.stringify(sent.resourceMetrics[0].resource), /memobuild-loadtest/);
});

test('remote write: a receiver gets each series with labels in order, and credentials', async (t) => {
  const { url, got } = await startReceiver(t);
  const problems: string[] = [];
  const withUser = url.replace('http://', 'http://me:s%40cret@');
  const sink = await openRemoteWriteSink(`${withUser}/api/v1/write`, (text) => problems.push(text));
  sink.update(samples);
  await sink.close();
  assert.deepEqual(problems, []);
  const { path, headers, body } = got.at(-1)!;
  assert.equal(path, '/api/v1/write');
  assert.equal(headers['content-encoding'], 'snappy');
  assert.equal(headers['x-prometheus-remote-write-version'], '0.1.0');
  assert.equal(headers.authorization, `Basic ${Buffer.from('me:s@cret').toString('base64')}`);
  const series = readWriteRequest(uncompress(body));
  assert.equal(series.length, samples.length);
  assert.deepEqual(series[0]?.labels, [
    ['__name__', 'memobuild_loadtest_operations_total'],
    ['result', 'ok'],
    ['run', '1'],
    ['scenario', 'light'],
  ]);
  assert.equal(series[0]?.value, 10);
  assert.ok(Math.abs(series[0]!.atMs - Date.now()) < 60_000);
});

test('a receiver that refuses, or is not there, is named and ends nothing', async (t) => {
  const { url } = await startReceiver(t, 400);
  const open = [openOtlpSink, openRemoteWriteSink] as const;
  for (const at of [url, 'http://127.0.0.1:1']) {
    for (const openSink of open) {
      const problems: string[] = [];
      const sink: MetricsSink = await openSink(at, (text) => problems.push(text));
      sink.update(samples);
      await sink.close();
      assert.ok(problems.length > 0, `${openSink.name} ${at}`);
    }
  }
});

interface Series {
  readonly labels: [string, string][];
  readonly value: number;
  readonly atMs: number;
}

/** Reads `prometheus.WriteRequest`. */
function readWriteRequest(bytes: Uint8Array): Series[] {
  return fieldsOf(bytes).map(([, series]) => {
    const parts = fieldsOf(series);
    const labels = parts
      .filter(([field]) => field === 1)
      .map(([, label]) => fieldsOf(label).map(([, text]) => Buffer.from(text).toString()));
    const sample = new BinaryReader(parts.find(([field]) => field === 2)![1]);
    sample.tag();
    const value = sample.double();
    sample.tag();
    return { labels: labels as [string, string][], value, atMs: Number(sample.int64()) };
  });
}

function fieldsOf(bytes: Uint8Array): [number, Uint8Array][] {
  const reader = new BinaryReader(bytes);
  const fields: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const [field] = reader.tag();
    fields.push([field, reader.bytes()]);
  }
  return fields;
}
